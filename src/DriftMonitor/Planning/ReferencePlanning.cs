using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>Reads or makes the reference of a monitor, and reports what does not fit the monitor.</summary>
/// <param name="monitor">The monitor, which may have faults of its own.</param>
/// <param name="folder">Where relative paths start.</param>
/// <param name="monitorPath">The monitor's path.</param>
/// <param name="faults">Receives what prevents the monitor from running.</param>
/// <param name="warnings">Receives what is valid, but probably not intended.</param>
/// <param name="keeps">Whether references that are learned are kept in their files, and those that grow continue from them.</param>
internal sealed class ReferencePlanning(
    MonitorOptions monitor, string folder, string monitorPath, List<Fault> faults, List<Fault> warnings, bool keeps)
{
    private static readonly string[] WatchedKeys =
        [nameof(MonitorOptions.Field), nameof(MonitorOptions.Fields), nameof(MonitorOptions.Tokens)];

    /// <summary>The calibrations that a monitor's alerts use: those of the segments, or, without segments, that of all events.</summary>
    public static IEnumerable<(string? Segment, IReadOnlyDictionary<string, WindowCalibration> Calibration)> CalibrationsOf(
        MonitorOptions monitor, ReferenceFile reference) =>
        !monitor.IsSegmented || reference.Segments.Count == 0
            ? [(null, reference.Calibration)]
            : reference.Segments.Select(segment => ((string?)segment.Key, segment.Value.Calibration));

    /// <summary>
    /// The planned reference; null if there is a fault, which this method or <see cref="ReferenceValidation"/> has reported.
    /// </summary>
    public PlannedReference? Plan()
    {
        var options = monitor.Reference;
        var known = faults.Count;
        var planned = new PlannedReference(options.Kind, options, monitor.PseudoCount);
        switch (options.Kind)
        {
            case ReferenceKind.Inline:
            case ReferenceKind.Parametric:
                planned = planned with { Truth = ConfiguredDistribution.ReferenceOf(monitor) };
                RefuseNumericMeasures(planned.Truth?.Binning, "the reference");
                WarnOfMassOutside(planned.Truth);
                return planned.Truth is null ? null : planned; // ReferenceValidation has reported why it is null
            case ReferenceKind.First when options.File is { } file && !File.Exists(Path.GetFullPath(file, folder)):
                planned = planned with { KeepAt = Path.GetFullPath(file, folder) };
                CheckTarget(planned.KeepAt);
                return PlanConfiguredBins(planned);
            case ReferenceKind.SoFar:
                planned = PlanGrowing(planned);
                return faults.Count > known ? null : planned;
            case ReferenceKind.PreviousWindow or ReferenceKind.Field or ReferenceKind.Topic or ReferenceKind.Rest
                when options.File is null:
                return PlanConfiguredBins(planned);
        }

        var read = Read(onlyBins: planned.CalibratesItself);
        if (read is not null && options.Kind == ReferenceKind.HourOfWeek && read.HourOfWeek is null)
        {
            ReportFile(
                "has no hours of the week: rebuild it with `driftmonitor reference build`, which adds them for a monitor of this kind");
        }

        return read is null || faults.Count > known ? null : planned with { File = read };
    }

    private PlannedReference? PlanConfiguredBins(PlannedReference planned)
    {
        planned = planned with { Binning = ConfiguredDistribution.BinningOf(monitor.Reference) };
        RefuseNumericMeasures(planned.Binning, "the reference");
        return planned.Binning is null ? null : planned;
    }

    private PlannedReference PlanGrowing(PlannedReference planned)
    {
        planned = planned with { Binning = ConfiguredDistribution.BinningOf(monitor.Reference) };
        RefuseNumericMeasures(planned.Binning, "the reference");
        if (!keeps || string.IsNullOrWhiteSpace(monitor.Reference.File))
        {
            return planned;
        }

        var path = Path.GetFullPath(monitor.Reference.File, folder);
        if (!File.Exists(path))
        {
            CheckTarget(path);
            return planned with { KeepAt = path };
        }

        try
        {
            var kept = GrowingFile.Read(path, monitor.PseudoCount);
            CheckKept(kept, planned.Binning);
            CheckTarget(path);
            return planned with { KeepAt = path, Kept = WithWindowsAsConfigured(kept) };
        }
        catch (ReferenceException e)
        {
            ReportFile($"can't be used: {e.Message}");
            return planned;
        }
    }

    // The file's windows in the order of the configuration, in which a window may be written in another unit.
    private GrowingFile WithWindowsAsConfigured(GrowingFile kept)
    {
        var order = monitor.Windows.ConvertAll(window => kept.Windows.ToList().FindIndex(
            label => Duration.TryParse(label, out var length) && length.Span == window.Span));
        return order.Contains(-1) ? kept : kept with
        {
            Windows = [.. monitor.Windows.Select(window => window.ToString())],
            Series = kept.Series.ToDictionary(series => series.Key, series => series.Value with
            {
                Fitted = series.Value.Fitted is not { } fitted ? null : new FittedState(
                    fitted.Reference,
                    [.. order.Select(place => fitted.Calibration[place])],
                    [.. order.Select(place => fitted.Readings[place])]),
            }),
        };
    }

    private void CheckKept(GrowingFile kept, FieldBinning? given)
    {
        const string Remedy = "use another file, or delete it to learn again";
        if (kept.Field != monitor.Field)
        {
            ReportFile($"has learned the field \"{kept.Field}\", and the monitor \"{monitor.Name}\" watches \"{monitor.Field}\": {Remedy}");
        }

        if (monitor.Pane is { } pane && pane.Span != kept.Pane)
        {
            ReportFile($"has learned panes of {new Duration(kept.Pane)}, and the monitor \"{monitor.Name}\" has panes of {pane}: {Remedy}");
        }

        if (!Equals(kept.Where, monitor.Filter))
        {
            ReportFile(
                $"has learned {EventsOf(kept.Where)}, and the monitor \"{monitor.Name}\" counts {EventsOf(monitor.Filter)}: {Remedy}");
        }

        if (kept.SegmentBy != monitor.Segments?.Text)
        {
            ReportFile(
                $"has learned {SegmentsBy(kept.SegmentBy)}, "
                + $"and the monitor \"{monitor.Name}\" has {SegmentsBy(monitor.Segments?.Text)}: {Remedy}");
        }

        var lengths = kept.Windows.Select(label => Duration.TryParse(label, out var length) ? length.Span : TimeSpan.Zero).ToHashSet();
        if (!lengths.SetEquals(monitor.Windows.Select(window => window.Span)))
        {
            ReportFile(
                $"has learned the windows {string.Join(", ", kept.Windows)}, "
                + $"and the monitor \"{monitor.Name}\" has {string.Join(", ", monitor.Windows)}: {Remedy}");
        }

        foreach (var state in kept.Series.Values)
        {
            RefuseNumericMeasures(state.Fitted?.Reference.Binning, monitor.Reference.File!);
            if (IsOther(state, given))
            {
                var bins = given is NumericBinning ? "numbers as Edges and TextNumbers read them" : "categories";
                ReportFile($"has not learned {bins}, which are given now: {Remedy}");
                return;
            }
        }

        WarnOfExcludedTooLate(kept);
    }

    private void WarnOfExcludedTooLate(GrowingFile kept)
    {
        var grid = new PaneGrid(kept.Pane);
        foreach (var (index, text) in (monitor.Reference.Exclude ?? []).Index())
        {
            if (ExcludedPeriod.Parse(text) is { } period
                && kept.Series.Values.Any(state => Holds(state, new Period(grid.Start(state.First), grid.End(state.Last)), period)))
            {
                warnings.Add(new Fault(
                    FormattableString.Invariant($"{monitorPath}:Reference:Exclude:{index}"),
                    $"is {text}, and {monitor.Reference.File} holds events of that period, which can't be taken out: "
                    + "delete the file to learn again without them"));
            }
        }

        static bool Holds(GrowingState state, Period held, Period period)
        {
            var from = period.From > held.From ? period.From : held.From;
            var to = period.To < held.To ? period.To : held.To;
            return from < to && !state.LeftOut.Any(left => left.Contains(new Period(from, to)));
        }
    }

    // Whether given bins are not for the values that a file holds.
    private static bool IsOther(GrowingState state, FieldBinning? given) => given switch
    {
        NumericBinning numbers => state.Numbers is null
            || (state.Fitted?.Reference.Binning is NumericBinning learned && learned.ReadsTextNumbers != numbers.ReadsTextNumbers),
        CategoricalBinning => state.Labels is null,
        _ => false,
    };

    private static string SegmentsBy(string? field) => field is null ? "no segments" : $"segments by \"{field}\"";

    private void ReportFile(string message) => faults.Add(new Fault($"{monitorPath}:Reference:File", message));

    private void WarnOfFile(string message) => warnings.Add(new Fault($"{monitorPath}:Reference:File", message));

    private void WarnOfMassOutside(Reference? truth)
    {
        if (truth?.Binning is NumericBinning binning
            && truth.Smoothed[binning.Below] + truth.Smoothed[binning.Above] is > 0.5 and var outside)
        {
            warnings.Add(new Fault($"{monitorPath}:Reference:Edges", FormattableString.Invariant(
                $"leave {outside:0.#%} of the distribution in the bins below and above, where differences can't be seen: widen them")));
        }
    }

    // Checked now, because learning can take days, and the result must not be lost at the end.
    private void CheckTarget(string path)
    {
        if (!keeps || string.IsNullOrWhiteSpace(monitor.Reference.File))
        {
            return;
        }

        if (Directory.Exists(path))
        {
            ReportFile($"is the folder {path}: name a file in it, such as {Path.Combine(monitor.Reference.File, "reference.json")}");
            return;
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            ReportFile(
                $"is in the folder {Path.GetDirectoryName(path)}, which does not exist: create it, or name a file in another folder");
            return;
        }

        try
        {
            ReferenceFile.EnsureWritable(path);
        }
        catch (ReferenceException e)
        {
            WarnOfFile($"can't keep the learned reference, so a restart will lose it: {e.Message}");
        }
    }

    private void RefuseNumericMeasures(FieldBinning? binning, string owner)
    {
        if (monitor is { Mean: true, Tokens: null } && binning is CategoricalBinning && NameRules.ParseDerived(monitor.Field) is null)
        {
            faults.Add(new Fault($"{monitorPath}:Mean", $"is true, which needs numbers, and {owner} has categories: remove it"));
        }

        var kind = binning is PairBinning ? "pairs" : "categories";
        foreach (var (index, measure) in monitor.Measures.Index())
        {
            if (binning is CategoricalBinning or PairBinning
                && MeasureNames.Parse(measure) is { } parsed && parsed.Any(one => one.NeedsNumbers))
            {
                faults.Add(new Fault(
                    FormattableString.Invariant($"{monitorPath}:Measures:{index}"),
                    $"is {measure}, which needs numeric bins, and {owner} has {kind}: remove it"));
            }
        }
    }

    private void RefuseOtherBins(FieldBinning binning)
    {
        if (monitor.Tokens is not null && binning is not CategoricalBinning)
        {
            ReportFile("has bins for numbers or pairs, and Tokens need those of words: build one with `driftmonitor reference build`");
        }

        if (NameRules.ParseDerived(monitor.Field) is { } derived && derived.Derivation.IsNumeric != binning is NumericBinning)
        {
            var (given, needed) = derived.Derivation.IsNumeric ? ("categories", "numbers") : ("numbers", "true and false");
            ReportFile(
                $"has bins for {given}, and {derived.Text} needs bins for {needed}: rebuild it with `driftmonitor reference build`");
        }
    }

    private ReferenceFile? Read(bool onlyBins)
    {
        if (string.IsNullOrWhiteSpace(monitor.Reference.File))
        {
            return null; // ReferenceValidation has reported it
        }

        ReferenceFile reference;
        try
        {
            reference = ReferenceFile.Read(Path.GetFullPath(monitor.Reference.File, folder), monitor.PseudoCount);
        }
        catch (ReferenceException e)
        {
            ReportFile($"can't be used: {e.Message}");
            return null;
        }

        var pair = PlannedMonitor.PairOf(monitor);
        var watched = pair is null ? $"\"{monitor.Watched}\"" : $"the fields \"{pair}\"";
        var built = reference.Fields is null ? $"the field \"{reference.Field}\"" : $"the fields \"{reference.Fields}\"";
        var isOfField = pair == reference.Fields
            && (pair is not null || DerivedField.Canonical(reference.Field) == DerivedField.Canonical(monitor.Watched));
        if (!isOfField && !faults.Exists(fault => WatchedKeys.Any(key => fault.IsAbout($"{monitorPath}:{key}"))))
        {
            ReportFile(
                $"is of {built}, and the monitor \"{monitor.Name}\" watches {watched}: "
                + "use a reference of that field, or build one with `driftmonitor reference build`");
        }

        RefuseOtherBins(reference.Reference.Binning);
        RefuseNumericMeasures(reference.Reference.Binning, monitor.Reference.File);
        if (!onlyBins)
        {
            CheckCalibrations(reference);
            CheckPane(reference);
            CheckSegments(reference);
            CheckFilter(reference);
            CheckBins(reference);
            CheckPeriod(reference);
            CheckUnseen(reference.Reference);
            CheckRegimes(reference);
        }

        return reference;
    }

    private void CheckCalibrations(ReferenceFile reference)
    {
        foreach (var (index, window) in monitor.Windows.Index())
        {
            if (faults.Exists(fault => fault.IsAbout(FormattableString.Invariant($"{monitorPath}:Windows:{index}"))))
            {
                continue;
            }

            // If several segments lack the window, the first one is reported.
            var lacking = CalibrationsOf(monitor, reference)
                .FirstOrDefault(series => series.Calibration.Count > 0 && PlannedReference.Find(series.Calibration, window.Span) is null);
            if (lacking.Calibration is not null)
            {
                var segment = lacking.Segment is { } name ? $" for the segment {Phrases.Quote(name)}" : "";
                ReportFile(
                    $"has calibrations of {string.Join(", ", lacking.Calibration.Keys)}{segment}, "
                    + $"and the monitor \"{monitor.Name}\" has the window {window}: rebuild it with `driftmonitor reference build`");
            }
        }
    }

    // Calibrations count in panes: with another pane, every return period would be wrong by the ratio.
    private void CheckPane(ReferenceFile reference)
    {
        if (monitor.Pane is { } pane && reference.Pane is { } built && pane.Span != built)
        {
            ReportFile(
                $"was built with panes of {new Duration(built)}, the unit of its calibration, "
                + $"and the monitor \"{monitor.Name}\" has panes of {pane}: rebuild it with `driftmonitor reference build`");
        }
    }

    private void CheckSegments(ReferenceFile reference)
    {
        if (monitor.Segments?.Text is not { } segmentBy)
        {
            return;
        }

        if (reference.Segments.Count == 0)
        {
            WarnOfFile(
                $"has no segments, and the monitor \"{monitor.Name}\" is segmented by \"{segmentBy}\": every segment is compared with "
                + "all events together, and none raises an alert; rebuild it with `driftmonitor reference build`");
        }
        else if (reference.SegmentBy is { } built && segmentBy != built)
        {
            ReportFile(
                $"has segments by \"{built}\", and the monitor \"{monitor.Name}\" is segmented by \"{segmentBy}\": "
                + "rebuild it with `driftmonitor reference build`");
        }
    }

    // A file that was made by hand, or before filters were written down, does not say.
    private void CheckFilter(ReferenceFile reference)
    {
        if (reference.Where is { } built && !built.Equals(monitor.Filter))
        {
            ReportFile(
                $"was made of {EventsOf(built)}, and the monitor \"{monitor.Name}\" counts {EventsOf(monitor.Filter)}: "
                + "rebuild it with `driftmonitor reference build`");
        }
        else if (reference.Where is null && monitor.Filter is { } filter)
        {
            WarnOfFile(
                $"does not say that it was made of {EventsOf(filter)}, which are all that the monitor \"{monitor.Name}\" counts: if it has "
                + "others too, rebuild it with `driftmonitor reference build`");
        }
    }

    private static string EventsOf(EventFilter? filter) => filter is null ? "all events" : $"the events with {filter}";

    private void CheckBins(ReferenceFile reference)
    {
        if (monitor.Reference.Kind == ReferenceKind.First
            && ConfiguredDistribution.BinningOf(monitor.Reference) is { } binning && !binning.IsSameAs(reference.Reference.Binning))
        {
            var key = monitor.Reference.Edges is null ? "Categories" : "Edges";
            WarnOfFile($"was learned with other bins than {key}, and the bins of the file are used: delete the file to learn again");
        }
    }

    private void CheckUnseen(Reference reference)
    {
        if (reference.Binning is CategoricalBinning categories
            && (double)reference.Counts[categories.Unseen] / reference.Events is > 0.5 and var share)
        {
            WarnOfFile($"has {Figures.Percent(share)} of its events in unseen, where drift can't be seen: " + (monitor.Tokens is null
                ? "rebuild it with more categories (--bins categories:100), or with bins for numbers (--bins quantiles:10), or watch a "
                    + "field with fewer values"
                : "rebuild it with a larger Vocabulary"));
        }

        if (reference.Binning is PairBinning pairs
            && (double)reference.Counts[pairs.Rare] / reference.Events is > 0.5 and var rare)
        {
            WarnOfFile(
                $"has {Figures.Percent(rare)} of its events in rare, where drift can't be seen: rebuild it with fewer bins for each field, "
                + "or with a lower --min-expected");
        }
    }

    private void CheckRegimes(ReferenceFile reference)
    {
        if (reference.Regimes.Count > 0 && (monitor.IsSegmented || monitor.Reference.Kind != ReferenceKind.File))
        {
            ReportFile(
                "has regimes, which are for a monitor of the kind file without SegmentBy: remove SegmentBy, or use a file without regimes");
        }
    }

    private void CheckPeriod(ReferenceFile reference)
    {
        if (monitor.Pane is { } pane && pane.Span > TimeSpan.Zero && reference.Reference.Period is { } period
            && new PaneGrid(pane.Span) is var panes && !(panes.IsAligned(period.From) && panes.IsAligned(period.To)))
        {
            WarnOfFile(
                $"covers {period.From} to {period.To}, which are not both starts of panes of {pane}: windows across its ends "
                + "contain some of its events, but are not treated as part of it; rebuild it with this Pane");
        }
    }
}
