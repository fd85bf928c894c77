using System.Diagnostics;
using System.Globalization;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// How many panes after a drift the alarm comes, beside two rivals of the same promise.
/// </summary>
/// <remarks>
/// Independent events, as the rivals suppose. The drift is a jump to shares pᵢ ∝ qᵢ exp(θ dᵢ), d normal and drawn for each trial, θ such that D(p‖q) is what the row says. All detectors see the same panes:
/// first some without drift, to fill windows and sums. So their delays are paired, and a ratio of means has an error of its own: the jackknife's over the references, each left out with all its trials, as the trials of one
/// reference share its thresholds (Efron, The Jackknife, the Bootstrap and Other Resampling Plans, SIAM 1982, chapter 3). The rivals' thresholds are found once, so their error is not in it.
/// </remarks>
internal sealed class Delays
{
    private const int Bins = 20;
    private const int Own = 3;
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
    private readonly IReadOnlyList<WindowCalibration>[] _proposed;
    private readonly Scene[] _independent;

    // The rivals' thresholds come from `calibrationTimes` T of panes; ours from references of T panes.
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
        (_measured, _proposed, _independent) = (new Scene[references], new IReadOnlyList<WindowCalibration>[references], new Scene[references]);
        Parallel.For(0, references, AllCores, reference =>
        {
            var (own, counts) = (new Random(SeedOf($"reference/{reference}")), new long[Bins]);
            _measured[reference] = Scene.Record(Windows, (int)promised, Bins, () => Draw(own, Shares, events, counts));
            _proposed[reference] = _measured[reference].Proposed();
            _independent[reference] = Scene.OfCounts(Windows, _measured[reference].Reference.Counts[..Bins], events);
        });
    }

    public static void Tell(bool quick, double promised, int seed, Stopwatch clock)
    {
        var references = quick ? 2 : 16;
        var drifts = 10;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Delay in panes, mean of {references * drifts} drifts (seed {seed}; one false alarm in T = {promised} panes; K {Bins}; windows of {string.Join(", ", Windows)} panes; {references} references of T with {drifts} drifts each; the ratio with its jackknife error over the references; %: alarms within {MostPanes} panes, where a detector of the ratio had none in some; ≥: another had none in some; <: no alarm was seen, bound of 95 % by the rule of three):"));
        Console.WriteLine();
        Console.WriteLine("| events a pane | KL in nats | DriftMonitor, measured | measured, tails as proposed | independent | χ² | Shiryaev–Roberts | measured over the better rival | as proposed over it |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var volume in Volumes)
        {
            var scene = new Delays(promised, volume, references, quick ? 4 : 20, seed);
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  calibrated at {volume} events a pane");
            foreach (var divergence in Divergences)
            {
                Console.WriteLine($"| {volume} | {divergence} | {scene.Delay(divergence, drifts)} |");
                Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  KL {divergence} at {volume} events a pane");
            }

            Console.WriteLine($"| {volume} | no drift: alarms per T | {string.Join(" | ", scene.AlarmsPerT())} | | |");
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

    /// <summary>Each detector's delay after one drift; 0 where it had no alarm.</summary>
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
                continue; // a false alarm, not a delay
            }

            var delays = new int[Detectors];
            for (var pane = 1; pane <= MostPanes && delays.Contains(0); pane++)
            {
                Draw(random, drifted, _events, counts);
                Array.ForEach(ours, alarm => alarm.Close(counts));
                bool[] fires = [.. ours.SelectMany(alarm => alarm.Fired).Select(fired => fired > 0), .. rivals.Select(rival => rival.Close(counts))];
                for (var i = 0; i < Detectors; i++)
                {
                    delays[i] = delays[i] == 0 && fires[i] ? pane : delays[i];
                }
            }

            return delays;
        }
    }

    /// <summary>Each detector's alarms in T without drift, with their error from the spread between references.</summary>
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
        return Enumerable.Range(0, Detectors).Select(i => Estimate.Of(Array.ConvertAll(alarms, reference => reference[i]), exposure: alarms.Length));
    }

    // The first has two alarms: measured, and measured with the tails as proposed.
    private Alarms[] Ours(int reference) =>
    [
        new(_measured[reference], (long)_promised, [_promised], _proposed[reference]),
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

        return Tilted(ChiSquareRival.Bisect(0, 10, theta => Core.Divergences.Information.KullbackLeibler(Tilted(theta), Shares) < divergence));
    }
}

/// <summary>The delays of all detectors after drifts of one size, as a line of the table.</summary>
/// <param name="Delays">By reference, drift and detector; 0 where it had no alarm.</param>
/// <param name="Own">So many detectors are ours, the first of them measured and as proposed; the others are rivals.</param>
/// <param name="MostPanes">How long an alarm was waited for.</param>
internal sealed record DelayRow(int[][][] Delays, int Own, int MostPanes)
{
    private const int Compared = 2;

    public override string ToString()
    {
        var detectors = Enumerable.Range(0, Delays[0][0].Length).ToList();
        var better = detectors.Skip(Own).MinBy(Mean);
        var censored = detectors.Where(IsCensored).ToList();
        if (censored.Contains(better) || censored.Any(detector => detector < Compared))
        {
            return $"{string.Join(" | ", detectors.Select(detector => $"{All(detector).Average(delay => delay > 0 ? 1.0 : 0):0 %}"))} | |";
        }

        var means = detectors.Select(detector => $"{(IsCensored(detector) ? "≥ " : "")}{Mean(detector):0.0}");
        return string.Join(" | ", means.Concat(Enumerable.Range(0, Compared).Select(detector => Ratio(detector, better))));
    }

    private IEnumerable<int> All(int detector) => Delays.SelectMany(drifts => drifts).Select(delays => delays[detector]);

    private bool IsCensored(int detector) => All(detector).Contains(0);

    private double Mean(int detector) => All(detector).Average(Panes);

    private int Panes(int delay) => delay > 0 ? delay : MostPanes;

    // A ratio of means and its jackknife error: what it varies by when each reference is left out in turn. None is told where the two have the same delay after every drift: a pane is the least there is.
    private string Ratio(int detector, int rival)
    {
        var sums = Array.ConvertAll(Delays, drifts => (Of: drifts.Sum(delays => Panes(delays[detector])), Over: drifts.Sum(delays => Panes(delays[rival]))));
        var (of, over) = ((double)sums.Sum(sum => sum.Of), (double)sums.Sum(sum => sum.Over));
        var without = Array.ConvertAll(sums, sum => (of - sum.Of) / (over - sum.Over));
        var mean = without.Average();
        var error = Math.Sqrt((without.Length - 1.0) / without.Length * without.Sum(ratio => (ratio - mean) * (ratio - mean)));
        return All(detector).SequenceEqual(All(rival)) ? "1.00" : $"{of / over:0.00} ± {error:0.00}";
    }
}
