using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Windows;
using MathNet.Numerics.Random;

namespace DriftMonitor.Core.Calibration;

/// <summary>The tails of windows of independent events, simulated with a fixed seed at the reference's volume.</summary>
internal static class IndependentEvents
{
    private const int FewestSteps = 20_000;
    private const int FewestWindows = 50;
    private const int StepsPerWindow = 128;
    private const int Seed = 1;

    /// <summary>Simulates the tails of windows.</summary>
    /// <param name="spec">The monitor's windows and minimum of events.</param>
    /// <param name="reference">What events are drawn from.</param>
    /// <param name="lengths">The windows in panes.</param>
    /// <returns>A tail for each length.</returns>
    public static IReadOnlyDictionary<int, Tail> Simulate(ReadingSpec spec, Reference reference, IEnumerable<int> lengths)
    {
        var tails = new Dictionary<int, Tail>();

        // Long windows move by several panes a step: 128 steps per window show its peaks as well as thousands would. Windows that move by
        // the same step see the same panes, which are drawn once.
        foreach (var group in lengths.Distinct().GroupBy(length => Math.Max(1, (length + StepsPerWindow - 1) / StepsPerWindow)))
        {
            var step = group.Key;
            var eventsPerStep = step * (reference.EventsPerPane ?? spec.MinimumEvents / (double)spec.WindowPanes.Min());
            var windows = group.Select(length => (Length: length, Window: new Window(reference, (length + step - 1) / step))).ToList();
            Draw(reference, eventsPerStep, [.. windows.Select(window => window.Window)]);
            foreach (var (length, window) in windows)
            {
                var tail = Tail.Fit(window.Readings, window.Slots) ?? Tail.Flat(window.Readings.Length);
                tails[length] = tail with { Panes = tail.Panes * step, RatePerPane = tail.RatePerPane / step };
            }
        }

        return tails;
    }

    private static void Draw(Reference reference, double eventsPerStep, Window[] windows)
    {
        var random = new Xoshiro256StarStar(Seed, threadSafe: false);
        var bins = Array.ConvertAll(reference.Smoothed.Probabilities.ToArray(), q => new PoissonCounts(eventsPerStep * q));
        var ring = new long[windows.Max(window => window.Slots) + 1][];
        var none = new long[bins.Length];
        var steps = windows.Max(window => window.Slots + window.Readings.Length);
        for (var t = 0; t < steps; t++)
        {
            var entering = ring[t % ring.Length] ??= new long[bins.Length];
            for (var bin = 0; bin < bins.Length; bin++)
            {
                // Poisson counts bin by bin are independent events at a Poisson total.
                entering[bin] = bins[bin].Draw(random);
            }

            foreach (var window in windows)
            {
                window.Move(t, entering, t < window.Slots ? none : ring[(t - window.Slots) % ring.Length]);
            }
        }
    }

    // A recount at each step: with few bins it costs less than to move sums. In doubles, as a draw has no exact value to be true to; from
    // tables of FixedPoint, so that every machine gets the same.
    private sealed class Window
    {
        private static readonly double[] Small = [.. Enumerable.Range(0, 1 << 14).Select(n => FixedPoint.ToDouble(FixedPoint.NLogN(n)))];

        private readonly long[] _counts;
        private readonly int[] _outside; // the bins that the reference does not occupy
        private readonly double[] _logarithms; // ln qᵢ
        private readonly int _occupied;

        public Window(Reference reference, int slots)
        {
            Slots = slots;
            Readings = new double[Math.Max(FewestSteps, FewestWindows * slots)];
            _counts = new long[reference.Binning.Count];
            _outside = [.. Enumerable.Range(0, _counts.Length).Where(bin => reference.Counts[bin] == 0)];
            _logarithms = Array.ConvertAll(reference.Smoothed.Probabilities.ToArray(), q => FixedPoint.ToDouble(FixedPoint.Log(q)));
            _occupied = reference.OccupiedBins;
        }

        public int Slots { get; }

        /// <summary>z at the end of each step from the second full window on.</summary>
        public double[] Readings { get; }

        public void Move(int t, long[] entering, long[] leaving)
        {
            if (t >= Slots + Readings.Length)
            {
                return;
            }

            var counts = _counts;
            for (var bin = 0; bin < counts.Length; bin++)
            {
                counts[bin] += entering[bin] - leaving[bin];
            }

            if (t >= Slots)
            {
                Readings[t - Slots] = Read();
            }
        }

        private double Read()
        {
            var events = 0L;
            var sum = 0.0; // Σ cᵢ ln cᵢ − Σ cᵢ ln qᵢ
            var counts = _counts;
            for (var bin = 0; bin < counts.Length; bin++)
            {
                var count = counts[bin];
                events += count;
                sum += NLogN(count) - count * _logarithms[bin];
            }

            var occupied = _occupied;
            foreach (var bin in _outside)
            {
                occupied += counts[bin] > 0 ? 1 : 0;
            }

            // 1/n* = 1/N: here q is the truth. z = 2 N KL / (K° − 1).
            return events == 0 ? double.NaN
                : occupied == 1 ? 0
                : 2 * Math.Max(0, sum - NLogN(events)) / (occupied - 1);
        }

        private static double NLogN(long count) =>
            count < Small.Length ? Small[count] : FixedPoint.ToDouble(FixedPoint.NLogN(count));
    }
}
