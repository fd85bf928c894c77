using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>Puts a further period into a reference file as a regime, and calibrates all regimes together.</summary>
/// <param name="plan">The configuration.</param>
/// <param name="monitor">The monitor whose field, panes and windows are used.</param>
/// <param name="path">The reference file.</param>
/// <param name="files">Files to read instead of the topic; empty for the topic.</param>
internal sealed class RegimeAddition(MonitorPlan plan, PlannedMonitor monitor, string path, string[] files)
{
    private const double MostSpecial = 0.5;

    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>What is to be added.</summary>
    /// <param name="Name">Its name; null for that of its period.</param>
    /// <param name="Period">Its period, aligned to the panes.</param>
    /// <param name="Excluded">Parts of the period that are left out.</param>
    public sealed record Request(string? Name, Period Period, IReadOnlyList<Period> Excluded)
    {
        /// <summary>Who accepts it, and when; null where it is not accepted from what a service has seen.</summary>
        public (string By, EventTime At)? Accepted { get; init; }

        /// <summary>Its name in the file.</summary>
        public string NameInFile => Name ?? $"{Period.From}..{Period.To}";
    }

    /// <summary>Adds a regime and writes the file.</summary>
    /// <returns>The file's new content; null if the verb was interrupted, and the file is as before.</returns>
    /// <exception cref="UsageException">The period or the name cannot be a regime of this file.</exception>
    /// <exception cref="ReferenceException">The file cannot be used or written, or the events needed are not there.</exception>
    public ReferenceFile? Add(Request request, Interruption interruption)
    {
        var file = ReferenceFile.Read(path, monitor.PseudoCount);
        Check(file);
        Check(file, request);
        ReferenceFile.EnsureWritable(path);
        var added = BuilderOf(request.Period, request.Excluded);
        var known = file.Regimes.Count > 0 ? null : BuilderOf(file.Reference.Period!.Value, file.Reference.Excluded);
        if (!TryRead([.. new[] { added, known }.OfType<ReferenceBuilder>()], interruption))
        {
            return null;
        }

        var binning = file.Reference.Binning;
        var panes = added.CountIn(binning);
        if (!panes.Any(counts => counts is not null))
        {
            throw new ReferenceException(
                $"no events from {request.Period.From} to {request.Period.To} to make a regime from: check --from, --to and the source");
        }

        var reference = Reference.FromPanes(
            binning, panes, request.Period, request.Excluded, monitor.PseudoCount, monitor.Spec.Pane,
            monitor.Spec.WindowPanes[monitor.Spec.LongestWindow]);
        WarnOfOtherValues(reference, request.NameInFile);
        List<RegimeEntry> regimes =
        [
            .. file.Regimes.Count > 0 ? file.Regimes : [new(RegimeEntry.Base, file.Reference, Recount(file, known!), NoFactors)],
            new(request.NameInFile, reference, panes, NoFactors)
            {
                AcceptedBy = request.Accepted?.By,
                AcceptedAt = request.Accepted?.At,
            },
        ];
        var changed = Calibrate(file, regimes);
        changed.Save(path);
        FileRemarksOf(added);
        return changed;
    }

    private static Dictionary<string, double> NoFactors => [];

    private ReferenceFile Calibrate(ReferenceFile file, List<RegimeEntry> regimes)
    {
        var inOrder = regimes.OrderBy(regime => regime.Reference.Period!.Value.From).ToList();
        var (calibrated, calibration) = RegimeCalibrator.Calibrate(monitor.Spec, [.. inOrder.Select(regime => regime.Course)]);
        var factors = calibrated.ToDictionary(regime => regime.Name, regime => regime.WithinFactors);
        return file with
        {
            Calibration = monitor.Spec.Windows.Zip(calibration).ToDictionary(window => window.First.Label, window => window.Second),
            CalibratedOver = null,
            Regimes =
            [
                .. regimes.Select(regime => regime with
                {
                    WithinFactors = monitor.Spec.Windows.Zip(factors[regime.Name])
                        .ToDictionary(window => window.First.Label, window => window.Second),
                }),
            ],
        };
    }

    private void Check(ReferenceFile file)
    {
        var reason = DerivedField.Canonical(file.Field) != DerivedField.Canonical(monitor.Field.Text)
                ? $"is of the field \"{file.Field}\", and the monitor \"{monitor.Spec.Name}\" watches \"{monitor.Field.Text}\", "
                    + "so a regime would have other bins: name the monitor of that field"
            : monitor.SegmentBy is not null || file.Segments.Count > 0
                ? "or its monitor has segments, and regimes are for references without: build a reference anew"
            : file.Reference.Binning is PairBinning || monitor.Pair is not null
                ? "or its monitor is of two fields, and regimes are for references of one: build a reference anew"
            : file.Where is { } where && !where.Equals(monitor.Where)
                ? $"was made of the events with {where}, and the monitor \"{monitor.Spec.Name}\" counts others: use the same Where"
            : file.HourOfWeek is not null || monitor.ByHourOfWeek
                ? "or its monitor is by the hour of the week, and regimes are of whole periods: use a reference of the kind file"
            : file.Reference.Period is null || file.Pane is null
                ? "has no period or no pane_s, so that its own period cannot be replayed: build it with `driftmonitor reference build`"
            : file.Pane != monitor.Spec.Pane.Length
                ? $"was built with panes of {new Duration(file.Pane.Value)}, and the monitor \"{monitor.Spec.Name}\" has panes of "
                    + $"{new Duration(monitor.Spec.Pane.Length)}: use the same Pane"
            : null;
        if (reason is not null)
        {
            throw new ReferenceException($"{path} {reason}");
        }
    }

    private void Check(ReferenceFile file, Request request)
    {
        IEnumerable<(string Name, Reference Reference)> known = file.Regimes.Count > 0
            ? file.Regimes.Select(regime => (regime.Name, regime.Reference))
            : [(RegimeEntry.Base, file.Reference)];
        foreach (var (name, reference) in known)
        {
            if (name == request.NameInFile)
            {
                throw new UsageException($"{path} has a regime {Phrases.Quote(name)} already: give another --name");
            }

            if (reference.Period is { } period && period.Overlaps(request.Period))
            {
                throw new UsageException(
                    $"the period from {request.Period.From} to {request.Period.To} overlaps that of the regime {Phrases.Quote(name)}, "
                    + $"{period.From} to {period.To}: give another period");
            }
        }

        if (request.NameInFile.Length > 200 || request.NameInFile != OneLine.Name(request.NameInFile))
        {
            throw new UsageException("--name: use at most 200 characters, all of them visible");
        }
    }

    // The counts of panes of the reference's own period, which the file does not hold before it has regimes.
    private IReadOnlyList<long[]?> Recount(ReferenceFile file, ReferenceBuilder builder)
    {
        var panes = builder.CountIn(file.Reference.Binning);
        for (var bin = 0; bin < file.Reference.Binning.Count; bin++)
        {
            if (panes.Sum(counts => counts?[bin] ?? 0) != file.Reference.Counts[bin])
            {
                var found = panes.Sum(counts => counts?.Sum() ?? 0);
                var source = files.Length > 0 ? Phrases.Alternatives(files) : $"the topic {monitor.Topic}";
                throw new ReferenceException(
                    $"{path} was built from {file.Reference.Events} events from {file.Reference.Period!.Value.From} to "
                    + $"{file.Reference.Period.Value.To}, which must be read again to calibrate all regimes together, and {source} has "
                    + $"{found} of them or others: use `driftmonitor reference add` with --file and files that hold both periods");
            }
        }

        return panes;
    }

    private void WarnOfOtherValues(Reference reference, string name)
    {
        var binning = reference.Binning;
        var special = Enumerable.Range(binning.Regular, binning.SpecialNames.Count).Sum(bin => reference.Counts[bin]);
        if (special > MostSpecial * reference.Events)
        {
            Messages.Write(
                $"warning: {Figures.Percent((double)special / reference.Events)} of the events of {Phrases.Quote(name)} are in none of "
                + $"the bins of {path}, where drift can't be seen: build a reference with other bins");
        }
    }

    private ReferenceBuilder BuilderOf(Period period, IReadOnlyList<Period> excluded) =>
        new(monitor.Recipe with { Period = period, Excluded = excluded });

    private bool TryRead(ReferenceBuilder[] builders, Interruption interruption)
    {
        using var log = ProcessLog.OfVerb(plan.Options.Logging);
        var logger = log.Of(LogCategory.Kafka);
        PostedTopics.Refuse([monitor], files);
        PatternFiles.Check([monitor], files);
        using var source = ConfiguredSources.OpenBounded(
            plan.Options, [monitor], files, logger, mustBeSorted: false, stopping: interruption.Token);
        var events = new EventCursor(source);
        using var progress = ProgressLine.OnStandardError();
        while (events.Next(PollTimeout, out var raw) is var signal && signal != SourceSignal.End)
        {
            foreach (var builder in signal == SourceSignal.Event ? builders : [])
            {
                builder.Add(raw);
            }

            progress.Read(builders[0].Events, () => source.FractionRead);
            if (interruption.Token.IsCancellationRequested)
            {
                return false;
            }
        }

        return !interruption.HasComeWithTheEndOf(files);
    }

    private static void FileRemarksOf(ReferenceBuilder builder)
    {
        if (builder.Rejected.Occurred.Any())
        {
            var reasons = builder.Rejected.Occurred.Select(reason => $"{RejectionNames.Of(reason.Key)} {reason.Value}");
            Messages.Write($"warning: of {builder.Events} events some were left out: {string.Join(", ", reasons)}");
        }
    }
}
