using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// Generates the counts of a stream, pane by pane. Bin i of pane t has a Poisson count with mean λ(t) pᵢ(t): independent events with a
/// Poisson total.
/// </summary>
/// <remarks>
/// <code>
/// pᵢ(t) ∝ exp(xᵢ(t) + A sin(2π t/24 + φᵢ)) / (i + 2)
/// xᵢ(t + 1) = ρ xᵢ(t) + σ √(1 − ρ²) εᵢ(t), ρ = exp(−1/scale), from its stationary law
/// λ(t) = volume · events · √swing^sin(2π t/24), scaled to the mean volume · events over a day
/// </code>
/// An episode starts in a pane outside one with the chance EpisodesPerPane and ends before each later pane with 1/6. While it lasts, xᵢ is
/// higher by S εᵢ, with S = 0.3 exp(N(0, 1)) and εᵢ standard normal, both drawn at its start.
/// Each pane has a Poisson number of bursts. Each burst adds a Poisson count with mean events · exp(N(ln ½, 1)) to one bin, all bins
/// equally likely. Bursts do not grow with the volume, as they are external incidents.
/// </remarks>
internal sealed class PaneStream
{
    private readonly Fluctuation _fluctuation;
    private readonly double _events;
    private readonly Random _random;
    private readonly double[] _episode; // what the logits gain; 0 outside an episode
    private readonly double[] _autoregression;
    private readonly double[] _phase;
    private readonly double[] _shares;
    private readonly long[] _counts;
    private readonly double _meanSwing;
    private long _pane;
    private bool _inEpisode;

    public PaneStream(Fluctuation fluctuation, int bins, double eventsPerPane, Random random)
    {
        _fluctuation = fluctuation;
        _events = eventsPerPane;
        _random = random;
        _episode = new double[bins];
        _autoregression = [.. Enumerable.Range(0, bins).Select(_ => fluctuation.AutoregressionDeviation * Chance.Normal(random))];
        _phase = [.. Enumerable.Range(0, bins).Select(_ => 2 * Math.PI * random.NextDouble())];
        _shares = new double[bins];
        _counts = new long[bins];
        _meanSwing = Enumerable.Range(0, Fluctuation.PanesPerDay).Average(pane => Swing(pane));
    }

    /// <summary>The shares of all streams without fluctuation: pᵢ ∝ 1/(i + 2).</summary>
    public static double[] BaseShares(int bins)
    {
        var total = Enumerable.Range(0, bins).Sum(bin => 1 / (bin + 2.0));
        return [.. Enumerable.Range(0, bins).Select(bin => 1 / (bin + 2.0) / total)];
    }

    /// <summary>Generates the counts of the next pane. The array is reused by the next call.</summary>
    /// <param name="volume">The rate divided by that of the reference.</param>
    public long[] Next(double volume)
    {
        var f = _fluctuation;
        var correlation = Math.Exp(-1 / f.AutoregressionPanes);
        MoveEpisode();
        var total = 0.0;
        for (var bin = 0; bin < _shares.Length; bin++)
        {
            var logit = f.AutoregressionPanes > 0 ? _autoregression[bin] : 0;
            if (f.AutoregressionPanes > 0)
            {
                _autoregression[bin] = correlation * logit
                    + f.AutoregressionDeviation * Math.Sqrt(1 - correlation * correlation) * Chance.Normal(_random);
            }

            if (f.SeasonAmplitude > 0)
            {
                logit += f.SeasonAmplitude * Math.Sin(2 * Math.PI * _pane / Fluctuation.PanesPerDay + _phase[bin]);
            }

            logit += _episode[bin];
            total += _shares[bin] = Math.Exp(logit) / (bin + 2);
        }

        var rate = volume * _events * Swing(_pane) / _meanSwing / total;
        for (var bin = 0; bin < _shares.Length; bin++)
        {
            _counts[bin] = Chance.Poisson(_random, rate * _shares[bin]);
        }

        for (var burst = f.BurstsPerPane > 0 ? Chance.Poisson(_random, f.BurstsPerPane) : 0; burst > 0; burst--)
        {
            var size = _events * Fluctuation.BurstMedian * Math.Exp(Fluctuation.BurstLogDeviation * Chance.Normal(_random));
            _counts[_random.Next(_counts.Length)] += Chance.Poisson(_random, size);
        }

        _pane++;
        return _counts;
    }

    // Nothing is drawn for streams without episodes, so that the others stay what they were.
    private void MoveEpisode()
    {
        if (_fluctuation.EpisodesPerPane == 0)
        {
            return;
        }

        if (_inEpisode && _random.NextDouble() < 1 / Fluctuation.EpisodePanes)
        {
            _inEpisode = false;
            Array.Clear(_episode);
        }

        if (!_inEpisode && _random.NextDouble() < _fluctuation.EpisodesPerPane)
        {
            _inEpisode = true;
            var size = Fluctuation.EpisodeMedian * Math.Exp(Fluctuation.EpisodeLogDeviation * Chance.Normal(_random));
            for (var bin = 0; bin < _episode.Length; bin++)
            {
                _episode[bin] = size * Chance.Normal(_random);
            }
        }
    }

    private double Swing(long pane) => Math.Pow(_fluctuation.RateSwing, 0.5 * Math.Sin(2 * Math.PI * pane / Fluctuation.PanesPerDay));
}
