using System.Diagnostics;
using System.Globalization;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// Measures how many panes after a drift the alarm comes, compared with two rivals with the same promise.
/// </summary>
/// <remarks>
/// Events are independent, as the rivals assume. The drift is a jump to shares pᵢ ∝ qᵢ exp(θ dᵢ), with d normal and drawn for each
/// trial, and θ such that D(p‖q) is that of the row. All detectors see the same panes: first some without drift, to fill windows and
/// sums. So their delays are paired, and the error of a ratio of means is estimated directly, by the jackknife over the references: each is
/// left out with all its trials, as they share its thresholds (Efron, The Jackknife, the Bootstrap and Other Resampling Plans, SIAM 1982,
/// chapter 3). The thresholds of the rivals are found only once, so their error is not included.
/// </remarks>
internal sealed class Delays
{
    private const int Bins = 20;
    private const int Own = 2;
    private const int Detectors = Own + 2;
    private const int WarmPanes = 60;
    private const int RivalsWarmPanes = 500;
    private const int MostPanes = 1000;
    private static readonly int[] Windows = [1, 3, 10, 30];
    private static readonly double[] Divergences = [0.003, 0.01, 0.05, 0.2, 0.5];
    private static readonly double[] Volumes = [50, 200, 2000];
    private static readonly double[] Shares = PaneStream.BaseShares(Bins);

    private static readonly ParallelOptions AllCores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    private readonly double _promised;
    private readonly double _events;
    private readonly int _seed;
    private readonly Func<IRival>[] _rivals;
    private readonly Scene[] _measured;
    private readonly Scene[] _independent;

    // The thresholds of the rivals come from `calibrationTimes` · T panes, ours from references of T panes.
    private Delays(double promised, double events, int references, int calibrationTimes, int seed)
    {
        (_promised, _events, _seed) = (promised, events, seed);
        var random = new Random(SeedOf("rivals"));
        var panes = new long[(int)(calibrationTimes * promised)][];
        for (var i = 0; i < panes.Length; i++)
        {
            panes[i] = Draw(random, Shares, events, new long[Bins]);
        }

        _rivals = new Func<IRival>[Detectors - Own];
        Parallel.Invoke(
            AllCores,
            () => _rivals[0] = ChiSquareRival.Calibrate(Shares, Windows, panes, promised),
            () => _rivals[1] = ShiryaevRobertsRival.Calibrate(Shares, events, Divergences, panes, promised));
        _measured = new Scene[references];
        _independent = new Scene[references];
        Parallel.For(0, references, AllCores, reference =>
        {
            var (own, counts) = (new Random(SeedOf($"reference/{reference}")), new long[Bins]);
            _measured[reference] = Scene.Record(Windows, (int)promised, Bins, () => Draw(own, Shares, events, counts));
            _independent[reference] = Scene.OfCounts(Windows, _measured[reference].Reference.Counts[..Bins], events);
        });
    }

    public static void Print(bool quick, double promised, int seed, Stopwatch clock)
    {
        var references = quick ? 2 : 16;
        var drifts = 10;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Delay in panes, mean of {references * drifts} drifts (seed {seed}; one false alarm in T = {promised} panes; K {Bins}; ")
            + $"windows of {string.Join(", ", Windows)} panes; {references} references of T with {drifts} drifts each; "
            + $"the ratio with its jackknife error over the references; "
            + $"%: alarms within {MostPanes} panes, where a detector of the ratio had none in some; ≥: another had none in some; "
            + $"<: no alarm was seen, bound of 95 % by the rule of three):");
        Console.WriteLine();
        Console.WriteLine(
            "| events a pane | KL in nats | DriftMonitor, measured | independent | χ² | Shiryaev–Roberts "
            + "| measured over the better rival |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var volume in Volumes)
        {
            var scene = new Delays(promised, volume, references, quick ? 4 : 20, seed);
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  calibrated at {volume} events a pane");
            foreach (var divergence in Divergences)
            {
                Console.WriteLine($"| {volume} | {divergence} | {scene.Delay(divergence, drifts)} |");
                Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  KL {divergence} at {volume} events a pane");
            }

            Console.WriteLine($"| {volume} | no drift: alarms per T | {string.Join(" | ", scene.AlarmsPerT())} | |");
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  no drift at {volume} events a pane");
        }

        Console.WriteLine();
    }

    private int SeedOf(string what) => Seeds.Of($"{_seed}/{_events}/{what}");

    private DelayRow Delay(double divergence, int drifts)
    {
        var delays = new int[_measured.Length][][];
        Parallel.For(0, delays.Length, AllCores, reference =>
        {
            var random = new Random(SeedOf($"{divergence}/{reference}"));
            delays[reference] = [.. Enumerable.Range(0, drifts).Select(_ => Delay(reference, divergence, random))];
        });
        return new DelayRow(delays, Own, MostPanes);
    }

    /// <summary>The delay of each detector after one drift; 0 if it had no alarm.</summary>
    private int[] Delay(int reference, double divergence, Random random)
    {
        var counts = new long[Bins];
        while (true)
        {
            var drifted = Drifted(random, divergence);
            var rivals = Array.ConvertAll(_rivals, rival => rival());
            var ours = Ours(reference);
            var early = false;
            for (var pane = -RivalsWarmPanes; pane < 0; pane++)
            {
                Draw(random, Shares, _events, counts);
                foreach (var rival in rivals)
                {
                    early |= rival.Close(counts) && pane >= -WarmPanes;
                }

                if (pane >= -WarmPanes)
                {
                    Array.ForEach(ours, alarm => alarm.Close(counts));
                }
            }

            if (early || ours.Any(alarm => alarm.Fired.Any(fired => fired > 0)))
            {
                continue; // a false alarm; repeat with another drift
            }

            var delays = new int[Detectors];
            for (var pane = 1; pane <= MostPanes && delays.Contains(0); pane++)
            {
                Draw(random, drifted, _events, counts);
                Array.ForEach(ours, alarm => alarm.Close(counts));
                bool[] fires =
                [
                    .. ours.SelectMany(alarm => alarm.Fired).Select(fired => fired > 0),
                    .. rivals.Select(rival => rival.Close(counts)),
                ];
                for (var i = 0; i < Detectors; i++)
                {
                    delays[i] = delays[i] == 0 && fires[i] ? pane : delays[i];
                }
            }

            return delays;
        }
    }

    /// <summary>The alarms of each detector per T without drift, with the error from the spread between references.</summary>
    private IEnumerable<Estimate> AlarmsPerT()
    {
        var alarms = new double[_measured.Length][];
        Parallel.For(0, alarms.Length, AllCores, reference =>
        {
            var random = new Random(SeedOf($"no drift/{reference}"));
            var counts = new long[Bins];
            var rivals = Array.ConvertAll(_rivals, rival => rival());
            var rivalsFired = new int[rivals.Length];
            var ours = Ours(reference);
            for (var pane = 0; pane < _promised; pane++)
            {
                Draw(random, Shares, _events, counts);
                Array.ForEach(ours, alarm => alarm.Close(counts));
                for (var i = 0; i < rivals.Length; i++)
                {
                    rivalsFired[i] += rivals[i].Close(counts) ? 1 : 0;
                }
            }

            alarms[reference] = [.. ours.SelectMany(alarm => alarm.Fired).Concat(rivalsFired).Select(fired => (double)fired)];
        });
        return Enumerable.Range(0, Detectors)
            .Select(i => Estimate.Of(Array.ConvertAll(alarms, reference => reference[i]), exposure: alarms.Length));
    }

    private Alarms[] Ours(int reference) =>
    [
        new(_measured[reference], (long)_promised, [_promised]),
        new(_independent[reference], (long)_promised, [_promised]),
    ];

    private static long[] Draw(Random random, double[] shares, double events, long[] counts)
    {
        for (var bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] = Chance.Poisson(random, events * shares[bin]);
        }

        return counts;
    }

    private static double[] Drifted(Random random, double divergence)
    {
        var direction = Array.ConvertAll(Shares, _ => Chance.Normal(random));
        double[] Tilted(double theta)
        {
            var tilted = Shares.Zip(direction, (q, d) => q * Math.Exp(theta * d)).ToArray();
            var total = tilted.Sum();
            return Array.ConvertAll(tilted, p => p / total);
        }

        return Tilted(ChiSquareRival.Bisect(0, 10, theta => Information.KullbackLeibler(Tilted(theta), Shares) < divergence));
    }
}
