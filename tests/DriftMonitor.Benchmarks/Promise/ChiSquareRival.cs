namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// χ² thresholds: compares G = 2 N D(p‖q) of each window with a threshold of its own. The thresholds are chosen so that each window
/// alone alarms equally often, and all together once in T.
/// </summary>
/// <remarks>An alarm ends when no window has been above its threshold for the length of the longest window.</remarks>
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

        // Two nested bisections: the threshold of each window for a number of alarms of its own, and that number for the alarms of all
        // windows.
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

    /// <summary>Finds where a condition that is true at the low end becomes false.</summary>
    public static double Bisect(double low, double high, Func<double, bool> holds, int steps = 24)
    {
        for (var step = 0; step < steps; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = holds(middle) ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>Computes G of each window; 0 until the window is full.</summary>
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
