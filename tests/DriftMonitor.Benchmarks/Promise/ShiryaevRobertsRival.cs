namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// Shiryaev-Roberts: R ← (1 + R) Λ, where Λ is the likelihood ratio of the pane's counts, a Dirichlet-multinomial distribution around q
/// over q. It alarms and restarts at a threshold.
/// </summary>
/// <remarks>
/// The mean of five such sums, with concentrations (K − 1)/(2δ), so that the expected divergence δ is that of each drift in the table.
/// Shiryaev, Theory of Probability and Its Applications 8 (1963) 22–46; Roberts, Technometrics 8 (1966) 411–430.
/// </remarks>
internal sealed class ShiryaevRobertsRival : IRival
{
    private readonly LikelihoodRatios _ratios;
    private readonly double _threshold;
    private readonly double[] _sums;
    private readonly float[] _logRatios;

    private ShiryaevRobertsRival(LikelihoodRatios ratios, double threshold)
    {
        (_ratios, _threshold) = (ratios, threshold);
        (_sums, _logRatios) = (new double[ratios.Priors], new float[ratios.Priors]);
    }

    public static Func<ShiryaevRobertsRival> Calibrate(
        double[] shares, double eventsPerPane, IReadOnlyList<double> divergences, IReadOnlyList<long[]> panes, double promised)
    {
        double[] concentrations = [.. divergences.Select(divergence => (shares.Length - 1) / 2.0 / divergence)];
        var ratios = new LikelihoodRatios(shares, concentrations, (int)(eventsPerPane + 12 * Math.Sqrt(eventsPerPane) + 50));
        var logs = new float[panes.Count][];
        for (var pane = 0; pane < logs.Length; pane++)
        {
            ratios.Of(panes[pane], logs[pane] = new float[ratios.Priors]);
        }

        var sums = new double[ratios.Priors];
        var logThreshold = ChiSquareRival.Bisect(Math.Log(promised) - 4, Math.Log(promised) + 1, log =>
        {
            Array.Clear(sums);
            var threshold = Math.Exp(log);
            var alarms = 0;
            foreach (var pane in logs)
            {
                alarms += Step(sums, pane, threshold) ? 1 : 0;
            }

            return alarms > panes.Count / promised;
        }, steps: 16);
        return () => new ShiryaevRobertsRival(ratios, Math.Exp(logThreshold));
    }

    public bool Close(ReadOnlySpan<long> counts)
    {
        _ratios.Of(counts, _logRatios);
        return Step(_sums, _logRatios, _threshold);
    }

    private static bool Step(double[] sums, float[] logRatios, double threshold)
    {
        var mean = 0.0;
        for (var i = 0; i < sums.Length; i++)
        {
            mean += (sums[i] = (1 + sums[i]) * Math.Exp(logRatios[i])) / sums.Length;
        }

        if (mean < threshold)
        {
            return false;
        }

        Array.Clear(sums);
        return true;
    }

    /// <summary>ln Λ = Σᵢ Σ_{j&lt;cᵢ} ln((a qᵢ + j)/qᵢ) − Σ_{j&lt;N} ln(a + j), from tables of the inner sums.</summary>
    private sealed class LikelihoodRatios
    {
        private readonly double[][][] _rising; // by prior, bin, count
        private readonly double[][] _total; // by prior, events

        public LikelihoodRatios(double[] shares, double[] concentrations, int mostEvents)
        {
            _rising = [.. concentrations.Select(a => shares.Select(q => Sums(j => Math.Log((a * q + j) / q))).ToArray())];
            _total = [.. concentrations.Select(a => Sums(j => Math.Log(a + j)))];

            double[] Sums(Func<int, double> term)
            {
                var sums = new double[mostEvents + 1];
                for (var j = 0; j < mostEvents; j++)
                {
                    sums[j + 1] = sums[j] + term(j);
                }

                return sums;
            }
        }

        public int Priors => _total.Length;

        public void Of(ReadOnlySpan<long> counts, float[] logRatios)
        {
            for (var prior = 0; prior < logRatios.Length; prior++)
            {
                var rising = _rising[prior];
                var (sum, events) = (0.0, 0L);
                for (var bin = 0; bin < counts.Length; bin++)
                {
                    sum += rising[bin][counts[bin]];
                    events += counts[bin];
                }

                logRatios[prior] = (float)(sum - _total[prior][events]);
            }
        }
    }
}
