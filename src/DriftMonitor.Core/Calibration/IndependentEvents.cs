using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Windows;

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
        var random = new Random(Seed);
        var means = Array.ConvertAll(reference.Smoothed.Probabilities.ToArray(), q => eventsPerStep * q);
        var exponentials = Array.ConvertAll(means, mean => Math.Exp(-mean));
        var ring = new long[windows.Max(window => window.Slots) + 1][];
        var steps = windows.Max(window => window.Slots + window.Readings.Length);
        for (var t = 0; t < steps; t++)
        {
            var entering = ring[t % ring.Length] ??= new long[means.Length];
            for (var bin = 0; bin < means.Length; bin++)
            {
                // Poisson counts bin by bin are independent events at a Poisson total.
                entering[bin] = Chance.Poisson(random, means[bin], exponentials[bin]);
            }

            foreach (var window in windows)
            {
                window.Move(t, entering, t < window.Slots ? null : ring[(t - window.Slots) % ring.Length]);
            }
        }
    }

    // The forward half of IncrementalKullbackLeibler: the simulation needs no other, and the other half costs a logarithm per change.
    private sealed class Window
    {
        private readonly long[] _counts;
        private readonly bool[] _inReference;
        private readonly Int128[] _logarithms; // ln qᵢ, Q64
        private Int128 _forward; // Σ F[cᵢ] − Σ cᵢ ln qᵢ, Q64
        private long _events;
        private int _occupied;

        public Window(Reference reference, int slots)
        {
            Slots = slots;
            Readings = new double[Math.Max(FewestSteps, FewestWindows * slots)];
            _counts = new long[reference.Binning.Count];
            _inReference = Array.ConvertAll(reference.Counts.ToArray(), count => count > 0);
            _logarithms = Array.ConvertAll(reference.Smoothed.Probabilities.ToArray(), FixedPoint.Log);
            _occupied = reference.OccupiedBins;
        }

        public int Slots { get; }

        /// <summary>z at the end of each step from the second full window on.</summary>
        public double[] Readings { get; }

        public void Move(int t, long[] entering, long[]? leaving)
        {
            if (t >= Slots + Readings.Length)
            {
                return;
            }

            for (var bin = 0; bin < entering.Length; bin++)
            {
                var by = entering[bin] - (leaving?[bin] ?? 0);
                if (by != 0)
                {
                    Change(bin, by);
                }
            }

            if (t >= Slots)
            {
                // 1/n* = 1/N: here q is the truth.
                Readings[t - Slots] = _events == 0 ? double.NaN
                    : _occupied == 1 ? 0
                    : 2 * _events * Math.Max(0, FixedPoint.ToDouble(_forward - FixedPoint.NLogN(_events)) / _events) / (_occupied - 1);
            }
        }

        private void Change(int bin, long by)
        {
            var before = _counts[bin];
            var after = before + by;
            _counts[bin] = after;
            _events += by;
            _forward += FixedPoint.NLogN(after) - FixedPoint.NLogN(before) - by * _logarithms[bin];
            if (!_inReference[bin])
            {
                _occupied += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
            }
        }
    }
}
