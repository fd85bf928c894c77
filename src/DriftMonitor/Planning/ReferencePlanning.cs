using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>Plans what a monitor's windows are compared with: reads it or makes it, and tells what does not fit the monitor.</summary>
/// <param name="monitor">The monitor, which may have faults of its own.</param>
/// <param name="folder">Where relative paths start.</param>
/// <param name="monitorPath">The monitor's path.</param>
/// <param name="faults">Takes what keeps the monitor from running.</param>
/// <param name="warnings">Takes what works, and is likely not meant.</param>
internal sealed class ReferencePlanning(MonitorOptions monitor, string folder, string monitorPath, List<Fault> faults, List<Fault> warnings)
{
    /// <summary>What a monitor's alerts rest on: the segments' calibrations, or the one of all where there are none.</summary>
    public static IEnumerable<(string? Segment, IReadOnlyDictionary<string, WindowCalibration> Calibration)> Calibrations(MonitorOptions monitor, ReferenceFile reference) =>
        monitor.SegmentBy is null || reference.Segments.Count == 0
            ? [(null, reference.Calibration)]
            : reference.Segments.Select(segment => ((string?)segment.Key, segment.Value.Calibration));

    /// <summary>The plan; null where there is a fault, which the rules or this have told.</summary>
    public PlannedReference? Plan()
    {
        var options = monitor.Reference;
        var known = faults.Count;
        var planned = new PlannedReference(options.Kind, options, monitor.PseudoCount);
        switch (options.Kind)
        {
            case ReferenceKind.Inline:
            case ReferenceKind.Parametric:
                planned = planned with { Truth = ConfiguredDistribution.Truth(monitor) };
                RefuseMeasures(planned.Truth?.Binning, "the reference");
                WarnOfMassOutside(planned.Truth);
                return planned.Truth is null ? null : planned; // told by the rules
            case ReferenceKind.First when options.File is { } kept && !File.Exists(Path.GetFullPath(kept, folder)):
                planned = planned with { Binning = ConfiguredDistribution.Bins(options), KeepAt = Path.GetFullPath(kept, folder) };
                WarnOfUnwritable(planned.KeepAt);
                RefuseMeasures(planned.Binning, "the reference");
                return planned.Binning is null ? null : planned;
        }

        if (planned.CalibratesItself && options.File is null)
        {
            planned = planned with { Binning = ConfiguredDistribution.Bins(options) };
            RefuseMeasures(planned.Binning, "the reference");
            return planned.Binning is null ? null : planned;
        }

        var file = Read(planned.CalibratesItself);
        if (file is not null && options.Kind == ReferenceKind.HourOfWeek && file.HourOfWeek is null)
        {
            faults.Add(new Fault($"{monitorPath}:Reference:File", $"has no hours of the week: build it again with `driftmonitor reference build`, which makes them for a monitor of this kind"));
        }

        return file is null || faults.Count > known ? null : planned with { File = file };
    }

    private void WarnOfMassOutside(Reference? truth)
    {
        if (truth?.Binning is NumericBinning binning && truth.Smoothed[binning.Below] + truth.Smoothed[binning.Above] is var outside and > 0.5)
        {
            warnings.Add(new Fault($"{monitorPath}:Reference:Edges", FormattableString.Invariant($"leave {outside:0.#%} of the distribution outside, where windows differ by nothing but the side: widen them")));
        }
    }

    // What is learned over days must not turn out at their end to have no place.
    private void WarnOfUnwritable(string path)
    {
        try
        {
            ReferenceFile.EnsureWritable(path);
        }
        catch (ReferenceException e)
        {
            warnings.Add(new Fault($"{monitorPath}:Reference:File", $"is to keep what is learned, which a restart would forget: {e.Message}"));
        }
    }

    private void RefuseMeasures(FieldBinning? binning, string whose)
    {
        foreach (var (index, measure) in monitor.Measures.Index())
        {
            if (binning is CategoricalBinning && MeasureNames.Parse(measure) is { } parsed && parsed.Any(one => one.NeedsNumbers))
            {
                faults.Add(new Fault(
                    FormattableString.Invariant($"{monitorPath}:Measures:{index}"), $"is {measure}, for bins along an axis, and {whose} has categories: leave it out"));
            }
        }
    }

    private ReferenceFile? Read(bool forBinsAlone)
    {
        var path = $"{monitorPath}:Reference:File";
        if (string.IsNullOrWhiteSpace(monitor.Reference.File))
        {
            return null; // told by the rules
        }

        ReferenceFile reference;
        try
        {
            reference = ReferenceFile.Read(Path.GetFullPath(monitor.Reference.File, folder), monitor.PseudoCount);
        }
        catch (ReferenceException e)
        {
            faults.Add(new Fault(path, $"names no good reference: {e.Message}"));
            return null;
        }

        if (reference.Field != monitor.Field && !faults.Exists(fault => fault.IsAbout($"{monitorPath}:Field")))
        {
            faults.Add(new Fault(
                path, $"is of the field \"{reference.Field}\", and the monitor \"{monitor.Name}\" watches \"{monitor.Field}\": name a reference of that field, or build one with `driftmonitor reference build`"));
        }

        RefuseMeasures(reference.Reference.Binning, monitor.Reference.File);
        if (forBinsAlone)
        {
            return reference;
        }

        foreach (var window in monitor.Windows)
        {
            // Of many segments that lack a window, one tells all.
            var lacking = Calibrations(monitor, reference).FirstOrDefault(series => series.Calibration.Count > 0 && PlannedReference.Find(series.Calibration, window.Span) is null);
            if (lacking.Calibration is not null)
            {
                faults.Add(new Fault(
                    path, $"has calibrations of {string.Join(", ", lacking.Calibration.Keys)}{(lacking.Segment is { } of ? $" for the segment {Phrases.Quote(of)}" : "")}, and the monitor \"{monitor.Name}\" has the window {window}: build it again with `driftmonitor reference build`"));
            }
        }

        if (monitor.Pane is { } ours && reference.Pane is { } theirs && ours.Span != theirs)
        {
            faults.Add(new Fault(path, $"was built in panes of {new Duration(theirs)}, in which its calibration counts, and the monitor \"{monitor.Name}\" has panes of {ours}: build it again with `driftmonitor reference build`"));
        }

        if (monitor.SegmentBy is { } segmentBy && reference.Segments.Count == 0)
        {
            warnings.Add(new Fault(path, $"has no segments, and the monitor \"{monitor.Name}\" is segmented by \"{segmentBy}\": every segment is compared with all events together, and none raises an alert; build it again with `driftmonitor reference build`"));
        }
        else if (monitor.SegmentBy is { } by && reference.SegmentBy is { } built && by != built)
        {
            faults.Add(new Fault(path, $"has segments by \"{built}\", and the monitor \"{monitor.Name}\" is segmented by \"{by}\": build it again with `driftmonitor reference build`"));
        }

        if (monitor.Reference.Kind == ReferenceKind.First && ConfiguredDistribution.Bins(monitor.Reference) is { } binning && !binning.IsSameAs(reference.Reference.Binning))
        {
            warnings.Add(new Fault(path, $"was learned in other bins than {(monitor.Reference.Edges is null ? "Categories" : "Edges")}, and its own count: remove the file to learn anew"));
        }

        if (monitor.Pane is { } pane && pane.Span > TimeSpan.Zero && reference.Reference.Period is { } period
            && new PaneGrid(pane.Span) is var panes && !(panes.IsAligned(period.From) && panes.IsAligned(period.To)))
        {
            warnings.Add(new Fault(path, $"is of {period.From} to {period.To}, which are not both starts of panes of {pane}: windows across its ends hold some of its events and do not count as its own; build it again with that Pane"));
        }

        return reference;
    }
}
