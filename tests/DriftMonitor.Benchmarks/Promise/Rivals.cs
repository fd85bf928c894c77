namespace DriftMonitor.Benchmarks.Promise;

/// <summary>A detector of independent-events theory, whose threshold was found by simulating the very stream without drift: more than anybody has in practice.</summary>
internal interface IRival
{
    /// <summary>Takes a pane's counts.</summary>
    /// <returns>Whether an alarm starts at its end.</returns>
    bool Close(ReadOnlySpan<long> counts);
}

/// <summary>
/// χ² thresholds: G = 2 N D(p‖q) of each window against a threshold of its own, chosen so that the windows alarm equally often alone and all together once in T.
/// </summary>
/// <remarks>An alarm ends when no window was above its threshold for as many panes as the longest has.</remarks>
internal sealed class ChiSquareRival : IRival
{
    private readonly int[] _windows;
    private readonly double[] _thresholds;
    private readonly GStatistics _statistics;
    private readonly float[] _g;
    private int _quiet;

    private ChiSquareRival(double[] shares, int[] windows, double[] thresholds)
    {
        (_windows, _thresholds, _g, _quiet) = (windows, thresholds, new float[windows.Length], windows.Max());
        _statistics = new GStatistics(shares, windows);
    }

    public static Func<ChiSquareRival> Calibrate(double[] shares, int[] windows, IReadOnlyList<long[]> panes, double promised)
    {
        var statistics = new GStatistics(shares, windows);
        var g = new float[panes.Count][];
        for (var pane = 0; pane < g.Length; pane++)
        {
            g[pane] = new float[windows.Length];
            statistics.Close(panes[pane], g[pane]);
        }

        // By bisection, twice: each window's threshold for a number of alarms alone, and that number for the alarms of all.
        double[] ThresholdsFor(double alone) =>
        [
            .. windows.Select((_, w) => Bisect(10, 400, threshold => Count(g, windows.Max(), pane => pane[w] >= threshold) > alone)),
        ];
        bool Exceeds(double[] thresholds, float[] pane)
        {
            for (var w = 0; w < thresholds.Length; w++)
            {
                if (pane[w] >= thresholds[w])
                {
                    return true;
                }
            }

            return false;
        }

        var times = panes.Count / promised;
        var alone = Bisect(times / windows.Length / 2, times, alone =>
        {
            var thresholds = ThresholdsFor(alone);
            return Count(g, windows.Max(), pane => Exceeds(thresholds, pane)) < times;
        }, steps: 8);
        var chosen = ThresholdsFor(alone);
        return () => new ChiSquareRival(shares, windows, chosen);
    }

    public bool Close(ReadOnlySpan<long> counts)
    {
        _statistics.Close(counts, _g);
        var high = false;
        for (var w = 0; w < _windows.Length; w++)
        {
            high |= _g[w] >= _thresholds[w];
        }

        var starts = high && _quiet >= _windows.Max();
        _quiet = high ? 0 : _quiet + 1;
        return starts;
    }

    private static int Count(float[][] g, int rest, Func<float[], bool> isHigh)
    {
        var (alarms, quiet) = (0, rest);
        foreach (var pane in g)
        {
            var high = isHigh(pane);
            alarms += high && quiet >= rest ? 1 : 0;
            quiet = high ? 0 : quiet + 1;
        }

        return alarms;
    }

    /// <summary>Where a condition that holds at the low end stops holding.</summary>
    public static double Bisect(double low, double high, Func<double, bool> holds, int steps = 24)
    {
        for (var step = 0; step < steps; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = holds(middle) ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>G of each window, 0 until it is full.</summary>
    private sealed class GStatistics(double[] shares, int[] windows)
    {
        private readonly double[] _logs = Array.ConvertAll(shares, Math.Log);
        private readonly long[][] _counts = [.. windows.Select(_ => new long[shares.Length])];
        private readonly long[][] _ring = [.. Enumerable.Range(0, windows.Max()).Select(_ => new long[shares.Length])];
        private double[] _nLogN = [0, 0];
        private long _closed;

        public void Close(ReadOnlySpan<long> pane, float[] g)
        {
            for (var w = 0; w < windows.Length; w++)
            {
                var counts = _counts[w];
                var leaving = _closed >= windows[w] ? _ring[(_closed - windows[w]) % _ring.Length] : null;
                var (sum, events) = (0.0, 0L);
                for (var bin = 0; bin < counts.Length; bin++)
                {
                    counts[bin] += pane[bin] - (leaving?[bin] ?? 0);
                    events += counts[bin];
                    sum += NLogN(counts[bin]) - counts[bin] * _logs[bin];
                }

                g[w] = _closed + 1 >= windows[w] ? (float)(2 * (sum - NLogN(events))) : 0;
            }

            pane.CopyTo(_ring[_closed % _ring.Length]);
            _closed++;
        }

        private double NLogN(long n)
        {
            if (n >= _nLogN.Length)
            {
                var before = _nLogN.Length;
                Array.Resize(ref _nLogN, (int)Math.Max(n + 1, 2 * before));
                for (var i = before; i < _nLogN.Length; i++)
                {
                    _nLogN[i] = i * Math.Log(i);
                }
            }

            return _nLogN[n];
        }
    }
}

/// <summary>
/// Shiryaev-Roberts: R ← (1 + R) Λ, with Λ the likelihood of the pane's counts under a Dirichlet-multinomial around q over that under q; alarm and restart at a threshold.
/// </summary>
/// <remarks>
/// The mean of five such sums, of concentrations (K − 1)/(2δ) that make the expected divergence δ each of the very drifts of the table.
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

    public static Func<ShiryaevRobertsRival> Calibrate(double[] shares, double eventsPerPane, IReadOnlyList<double> divergences, IReadOnlyList<long[]> panes, double promised)
    {
        var ratios = new LikelihoodRatios(shares, [.. divergences.Select(divergence => (shares.Length - 1) / 2.0 / divergence)], (int)(eventsPerPane + 12 * Math.Sqrt(eventsPerPane) + 50));
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
