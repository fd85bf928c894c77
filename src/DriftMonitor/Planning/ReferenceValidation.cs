using DriftMonitor.Configuration;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of a monitor's reference: which keys its kind requires and which it accepts.</summary>
/// <param name="needs">What the verb needs; a reference that is still to be built has no content to check.</param>
/// <param name="report">Receives each broken rule: the key's path, and what is wrong with the remedy.</param>
internal sealed class ReferenceValidation(Needs needs, Action<string, string> report)
{
    private static readonly ReferenceKind[] Moving =
        [ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic, ReferenceKind.Rest];
    private static readonly ReferenceKind[] Learned = [ReferenceKind.First, ReferenceKind.SoFar, .. Moving];

    private static readonly (string Key, Func<ReferenceOptions, bool> IsPresent, ReferenceKind[] Kinds)[] KeysOfKinds =
    [
        ("File", reference => reference.File is not null, [ReferenceKind.File, ReferenceKind.HourOfWeek, .. Learned]),
        ("Edges", reference => reference.Edges is not null, [ReferenceKind.Inline, ReferenceKind.Parametric, .. Learned]),
        ("TextNumbers", reference => reference.TextNumbers, [ReferenceKind.Inline, ReferenceKind.Parametric, .. Learned]),
        ("Categories", reference => reference.Categories is not null, [ReferenceKind.Inline, .. Learned]),
        ("Probabilities", reference => reference.Probabilities is not null, [ReferenceKind.Inline]),
        ("Family", reference => reference.Family is not null, [ReferenceKind.Parametric]),
        ("Parameters", reference => reference.Parameters is not null, [ReferenceKind.Parametric]),
        ("Over", reference => reference.Over is not null, [ReferenceKind.First]),
        ("LearnOver", reference => reference.LearnOver is not null, [ReferenceKind.SoFar]),
        ("Exclude", reference => reference.Exclude is not null, [ReferenceKind.SoFar]),
        ("Events", reference => reference.Events is not null, [ReferenceKind.First]),
        ("Field", reference => reference.Field is not null, [ReferenceKind.Field, ReferenceKind.Topic]),
        ("Topic", reference => reference.Topic is not null, [ReferenceKind.Topic]),
        ("CalibrateOver", reference => reference.CalibrateOver is not null, Moving),
    ];

    /// <summary>Reports every rule that a monitor's reference breaks.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="path">The path of its reference.</param>
    public void Validate(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        ValidateKind(monitor, path);
        if (!needs.HasFlag(Needs.References))
        {
            return; // it is still to be built
        }

        if (reference.Kind is ReferenceKind.File or ReferenceKind.HourOfWeek)
        {
            if (string.IsNullOrWhiteSpace(reference.File))
            {
                report($"{path}:File", "is missing: write the path of a reference file; `driftmonitor reference build` makes one");
            }

            return;
        }

        ValidateKeysOfKind(monitor, path);
        ValidateBins(reference, path);
        ReportIfAny($"{path}:Field", NameRules.GetWatchedFieldError(reference.Field, needs.HasFlag(Needs.Topics)));
        ReportIfAny($"{path}:Topic", reference.Topic is { Length: > 0 } topic ? NameRules.GetTopicError(topic) : null);
        if (reference.CalibrateOver is { } over)
        {
            ValidateCalibrateOver(over, monitor.Pane?.Span ?? TimeSpan.Zero, $"{path}:CalibrateOver");
        }

        if (reference.Kind == ReferenceKind.Rest && monitor.Pane is { Span.Ticks: > 0 } pane)
        {
            ValidateWindowsOfRest(monitor, pane.Span, $"{path}:CalibrateOver");
        }
    }

    private void ReportIfAny(string path, string? message)
    {
        if (message is not null)
        {
            report(path, message);
        }
    }

    private void ValidateKind(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        var kind = OptionsShape.TextOf(reference.Kind);
        foreach (var (key, _, kinds) in KeysOfKinds.Where(key => key.IsPresent(reference) && !key.Kinds.Contains(reference.Kind)))
        {
            var others = Phrases.Alternatives([.. kinds.Select(other => OptionsShape.TextOf(other)!)]);
            report($"{path}:{key}", $"belongs to the kind {others}, and Kind is {kind}: remove it, or change Kind");
        }

        if (monitor.IsSegmented && reference.Kind is not (ReferenceKind.File or ReferenceKind.SoFar or ReferenceKind.Rest))
        {
            report($"{path}:Kind", monitor.SegmentBy.Count > 0
                ? $"is {kind}, and segments need the kind file, so_far or rest: remove SegmentBy, or change Kind"
                : $"is {kind}, and each topic of a regular expression is a segment, which needs the kind file, so_far or rest: "
                    + "write the name of one topic in Topic, or change Kind");
        }
        else if (!monitor.IsSegmented && reference.Kind == ReferenceKind.Rest)
        {
            report(
                $"{path}:Kind",
                $"is {kind}, which compares each segment with the others, and there are no segments: write SegmentBy, or change Kind");
        }
        else if (reference.Kind == ReferenceKind.Rest && monitor.MaxSegments < 2)
        {
            report(
                $"{path}:Kind",
                FormattableString.Invariant($"is {kind}, which compares each segment with the others, and MaxSegments allows ")
                + FormattableString.Invariant($"{monitor.MaxSegments}: write 2 or more there"));
        }

        if (reference.Kind == ReferenceKind.HourOfWeek
            && monitor.Pane is { Span.Ticks: > 0 } pane && !DividesHourOrWeek(pane.Span.Ticks))
        {
            report(
                $"{path}:Kind",
                $"is {kind}, and panes of {pane} divide neither an hour nor, as whole hours, a week: write a Pane such as 5m, 1h or 6h");
        }
    }

    private static string OwnField(MonitorOptions monitor) => monitor.Tokens?.Field ?? monitor.Field;

    private static bool DividesHourOrWeek(long pane) =>
        TimeSpan.TicksPerHour % pane == 0 || (pane % TimeSpan.TicksPerHour == 0 && 7 * TimeSpan.TicksPerDay % pane == 0);

    private void ValidateKeysOfKind(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        switch (reference.Kind)
        {
            case ReferenceKind.First:
                ValidateFirst(monitor, path);
                break;
            case ReferenceKind.SoFar:
                ValidateSoFar(monitor, path);
                break;
            case ReferenceKind.Field when string.IsNullOrWhiteSpace(reference.Field):
                report($"{path}:Field", "is missing: write the other field, whose windows are the reference");
                break;
            case ReferenceKind.Topic when string.IsNullOrEmpty(reference.Topic):
                report($"{path}:Topic", "is missing: write the other topic, whose windows are the reference");
                break;
            case ReferenceKind.Field when reference.Field == monitor.Field:
                report(
                    $"{path}:Field",
                    $"is {Phrases.Quote(monitor.Field)}, the monitor's own field, which never differs from itself: write another field");
                break;
            case ReferenceKind.Topic when reference.Topic == monitor.Topic && (reference.Field ?? OwnField(monitor)) == OwnField(monitor):
                report(
                    $"{path}:Topic",
                    $"is {Phrases.Quote(monitor.Topic)}, the monitor's own topic, which never differs from itself: write another topic");
                break;
        }
    }

    private void ValidateFirst(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        ValidateKeptFile(reference, path);
        if (reference.Over is null == reference.Events is null)
        {
            var keys = reference.Over is null ? "neither Over nor Events" : "both Over and Events";
            report(path, $"has {keys}: write Over, such as 7d, or Events");
        }
        else if (reference.Over is { } over && monitor.Pane is { Span: var pane } && pane > TimeSpan.Zero && !IsWholePanes(over.Span, pane))
        {
            report($"{path}:Over", FormattableString.Invariant(
                $"is {over}: write a whole number of panes of {monitor.Pane}, from 1 to {OptionsValidation.MostCalibratingPanes} panes"));
        }
    }

    private void ValidateKeptFile(ReferenceOptions reference, string path)
    {
        if (string.IsNullOrWhiteSpace(reference.File))
        {
            report(
                $"{path}:File",
                "is missing: write the path of a file; the learned reference is written to it, and read from it after a restart");
        }
    }

    private void ValidateSoFar(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        ValidateKeptFile(reference, path);
        if (reference.LearnOver is not { } over)
        {
            report($"{path}:LearnOver", "is missing: write the length of the warm-up, such as 7d");
        }
        else if (monitor.Pane is { Span: var pane } && pane > TimeSpan.Zero && !IsWholePanes(over.Span, pane))
        {
            report($"{path}:LearnOver", FormattableString.Invariant(
                $"is {over}: write a whole number of panes of {monitor.Pane}, from 1 to {OptionsValidation.MostCalibratingPanes} panes"));
        }

        foreach (var (index, text) in (reference.Exclude ?? []).Index())
        {
            ReportIfAny(FormattableString.Invariant($"{path}:Exclude:{index}"), ExcludedPeriod.GetError(text, monitor.Pane?.Span));
        }
    }

    private static bool IsWholePanes(TimeSpan length, TimeSpan pane) =>
        length >= pane && length.Ticks % pane.Ticks == 0 && length.Ticks / pane.Ticks <= OptionsValidation.MostCalibratingPanes;

    /// <summary>Bins are given by Edges or Categories, or, for moving references, by a file of which only the bins are used.</summary>
    private void ValidateBins(ReferenceOptions reference, string path)
    {
        var isMoving = Moving.Contains(reference.Kind);
        var areGiven = reference.Edges is not null || reference.Categories is not null;
        if (reference.TextNumbers && reference.Edges is null && (areGiven || reference.File is not null))
        {
            report(
                $"{path}:TextNumbers",
                "belongs to Edges, and there are none: remove it; a reference file says it itself, and categories are texts");
        }

        if (reference.Edges is not null && reference.Categories is not null)
        {
            report(path, "has both Edges and Categories: remove one of the two");
        }
        else if (!areGiven && reference.Kind != ReferenceKind.SoFar
            && (string.IsNullOrWhiteSpace(reference.File) || reference.Kind == ReferenceKind.First))
        {
            var categories = reference.Kind == ReferenceKind.Parametric ? "" : " or Categories";
            var file = isMoving ? ", or the path of a reference file in File, whose bins are used" : "";
            report($"{path}:Edges", $"is missing: write Edges{categories}{file}");
        }
        else if (areGiven && isMoving && reference.File is not null)
        {
            var bins = reference.Edges is null ? "Categories" : "Edges";
            report(path, $"has both {bins} and a File, whose bins would be used: remove one of the two");
        }
        else if (areGiven)
        {
            var binning = ConfiguredDistribution.BinningOf(reference, out var fault);
            if (binning is not null && reference.Kind is (ReferenceKind.Inline or ReferenceKind.Parametric))
            {
                ConfiguredDistribution.DistributionOf(reference, binning, out fault);
            }

            if (fault is var (key, message))
            {
                report($"{path}:{key}", message);
            }
        }
    }

    // Groups differ while nothing is wrong: by how much, only windows side by side show.
    private void ValidateWindowsOfRest(MonitorOptions monitor, TimeSpan pane, string path)
    {
        var over = new PlannedReference(ReferenceKind.Rest, monitor.Reference, monitor.PseudoCount).CalibrateOver(pane);
        var longest = monitor.Windows.Select(window => window.Span).DefaultIfEmpty().Max();
        if (over > TimeSpan.Zero && longest > TimeSpan.Zero && over < Calibrator.FewestDisjointWindows * longest)
        {
            var needed = new Duration(Calibrator.FewestDisjointWindows * longest);
            var text = monitor.Reference.CalibrateOver is null ? $"{new Duration(over)} unless written" : $"{new Duration(over)}";
            report(
                path,
                $"is {text}, and how much segments differ without drift shows only in {Calibrator.FewestDisjointWindows} windows side by "
                + $"side, of {new Duration(longest)} each: write at least {needed}, or shorter Windows");
        }
    }

    private void ValidateCalibrateOver(Duration over, TimeSpan pane, string path)
    {
        const int Limit = OptionsValidation.MostCalibratingPanes;
        if (over.Span <= TimeSpan.Zero)
        {
            report(path, $"is {over}: write a duration above 0, such as 14d");
        }
        else if (pane > TimeSpan.Zero && over.Span.Ticks / pane.Ticks is > Limit and var panes)
        {
            var most = new Duration(pane * Limit);
            var reason = FormattableString.Invariant($"which is {panes} panes of {new Duration(pane)}, and the limit is {Limit}");
            report(path, $"is {over}, {reason}: write at most {most}, or a longer Pane");
        }
    }
}
