using System.Buffers;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Windows;
using MathNet.Numerics.Random;

namespace DriftMonitor.Core.Calibration;

/// <summary>The tails of windows of independent events, simulated with a fixed seed at the reference's volume.</summary>
internal static class IndependentEvents
{
    private const int Readings = 20_000; // at least 156 windows, as none has more than 128 steps
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
            var (step, windows) = (group.Key, group.ToArray());
            var slots = Array.ConvertAll(windows, length => (length + step - 1) / step);
            using var simulated = new SimulatedWindows(reference, slots, Readings);
            Draw(simulated, reference, step * (reference.EventsPerPane ?? spec.MinimumEvents / (double)spec.WindowPanes.Min()));
            for (var w = 0; w < windows.Length; w++)
            {
                var tail = Tail.Fit(simulated.TakeReadings(w), slots[w]) ?? Tail.Flat(Readings);
                tails[windows[w]] = tail with { Panes = tail.Panes * step, RatePerPane = tail.RatePerPane / step };
            }
        }

        return tails;
    }

    private static void Draw(SimulatedWindows windows, Reference reference, double eventsPerStep)
    {
        var random = new Xoshiro256StarStar(Seed, threadSafe: false);
        var rented = ArrayPool<long>.Shared.Rent(windows.Steps);
        var counts = rented.AsSpan(0, windows.Steps);
        for (var bin = 0; bin < reference.Binning.Count; bin++)
        {
            // Poisson counts bin by bin are independent events at a Poisson total.
            PoissonCounts.Draw(random, eventsPerStep * reference.Smoothed.Probabilities[bin], counts);
            windows.Add(bin, counts);
        }

        ArrayPool<long>.Shared.Return(rented);
    }
}
