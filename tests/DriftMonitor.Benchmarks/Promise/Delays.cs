using System.Diagnostics;
using System.Globalization;
using DriftMonitor.Core.Calibration;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// How many panes after a drift the alarm comes, beside two rivals of the same promise.
/// </summary>
/// <remarks>
/// Independent events, as the rivals suppose. The drift is a jump to shares pᵢ ∝ qᵢ exp(θ dᵢ), d normal and drawn for each trial, θ such that D(p‖q) is what the row says. All detectors see the same panes:
/// first some without drift, to fill windows and sums.
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

    private readonly double _promised;
    private readonly double _events;
    private readonly Func<IRival>[] _rivals;
    private readonly Scene[] _measured;
    private readonly IReadOnlyList<WindowCalibration>[] _proposed;
    private readonly Scene _independent;

    // The rivals' thresholds come from `calibrationTimes` T of panes; ours from a reference of T panes, several times over.
    private Delays(double promised, double events, int references, int calibrationTimes, int seed)
    {
        (_promised, _events) = (promised, events);
        var random = new Random(seed);
        var panes = new long[(int)(calibrationTimes * promised)][];
        for (var i = 0; i < panes.Length; i++)
        {
            panes[i] = Draw(random, Shares, events, new long[Bins]);
        }

        _rivals = [ChiSquareRival.Calibrate(Shares, Windows, panes, promised), ShiryaevRobertsRival.Calibrate(Shares, events, Divergences, panes, promised)];
        var counts = new long[Bins];
        _measured =
        [
            .. Enumerable.Range(0, references).Select(_ => Scene.Record(Windows, (int)promised, Bins, () => Draw(random, Shares, events, counts))),
        ];
        _proposed = Array.ConvertAll(_measured, scene => scene.Proposed());
        _independent = Scene.OfCounts(Windows, _measured[0].Reference.Counts[..Bins], events);
    }

    public static void Tell(bool quick, double promised, int seed, Stopwatch clock)
    {
        var references = quick ? 1 : 4;
        var trials = quick ? 20 : 100;
        var scenes = new Delays[Volumes.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, scenes.Length, options, i =>
        {
            scenes[i] = new Delays(promised, Volumes[i], references, quick ? 4 : 20, seed + i);
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  calibrated at {Volumes[i]} events a pane");
        });

        var results = new double[Volumes.Length][][];
        Parallel.For(0, scenes.Length * (Divergences.Length + 1), options, i =>
        {
            var (volume, row) = Math.DivRem(i, Divergences.Length + 1);
            Interlocked.CompareExchange(ref results[volume], new double[Divergences.Length + 1][], null);
            results[volume][row] = row == 0 ? scenes[volume].AlarmsPerT(quick ? 1 : 2, seed + 100 + i) : scenes[volume].Delay(Divergences[row - 1], trials, seed + 100 + i);
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {(row == 0 ? "no drift" : $"KL {Divergences[row - 1]}")} at {Volumes[volume]} events a pane");
        });

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Delay in panes, mean of {trials} drifts (seed {seed}; one false alarm in T = {promised} panes; K {Bins}; windows of {string.Join(", ", Windows)} panes; {references} references of T, and one of counts only; ≥: some had no alarm in {MostPanes} panes):"));
        Console.WriteLine();
        Console.WriteLine("| events a pane | KL in nats | DriftMonitor, measured | measured, tails as proposed | independent | χ² | Shiryaev–Roberts | over the better rival: measured, proposed |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var volume = 0; volume < Volumes.Length; volume++)
        {
            for (var row = 1; row <= Divergences.Length; row++)
            {
                var delay = results[volume][row];
                Console.WriteLine($"| {Volumes[volume]} | {Divergences[row - 1]} | {string.Join(" | ", delay[..Detectors].Select((panes, detector) => $"{(delay[Detectors + detector] > 0 ? "≥ " : "")}{panes:0.0}"))} | {delay[0] / Math.Min(delay[Own], delay[Own + 1]):0.00}, {delay[1] / Math.Min(delay[Own], delay[Own + 1]):0.00} |");
            }

            Console.WriteLine($"| {Volumes[volume]} | no drift: alarms per T | {string.Join(" | ", results[volume][0].Select(alarms => $"{alarms:0.0}"))} | |");
        }

        Console.WriteLine();
    }

    /// <summary>The mean delay of each detector, then how many trials of each had no alarm.</summary>
    private double[] Delay(double divergence, int trials, int seed)
    {
        var random = new Random(seed);
        var counts = new long[Bins];
        var sums = new double[2 * Detectors];
        for (var trial = 0; trial < trials;)
        {
            var drifted = Drifted(random, divergence);
            var rivals = Array.ConvertAll(_rivals, rival => rival());
            var ours = Ours(trial);
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

            for (var i = 0; i < Detectors; i++)
            {
                sums[i] += (delays[i] == 0 ? MostPanes : delays[i]) / (double)trials;
                sums[Detectors + i] += delays[i] == 0 ? 1 : 0;
            }

            trial++;
        }

        return sums;
    }

    private double[] AlarmsPerT(int timesEach, int seed)
    {
        var random = new Random(seed);
        var counts = new long[Bins];
        var alarms = new double[Detectors];
        var rivals = Array.ConvertAll(_rivals, rival => rival());
        var times = timesEach * _measured.Length;
        for (var reference = 0; reference < _measured.Length; reference++)
        {
            var ours = Ours(reference);
            for (var pane = 0; pane < timesEach * _promised; pane++)
            {
                Draw(random, Shares, _events, counts);
                Array.ForEach(ours, alarm => alarm.Close(counts));
                for (var i = 0; i < 2; i++)
                {
                    alarms[Own + i] += rivals[i].Close(counts) ? 1.0 / times : 0;
                }
            }

            foreach (var (i, fired) in ours.SelectMany(alarm => alarm.Fired).Index())
            {
                alarms[i] += (double)fired / times;
            }
        }

        return alarms;
    }

    // The first has two alarms: measured, and measured with the tails as proposed.
    private Alarms[] Ours(int trial) =>
    [
        new(_measured[trial % _measured.Length], (long)_promised, [_promised], _proposed[trial % _measured.Length]),
        new(_independent, (long)_promised, [_promised]),
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
