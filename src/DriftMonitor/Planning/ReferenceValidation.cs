using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of a monitor's reference: what its kind needs and knows.</summary>
/// <param name="needs">What the verb needs; a reference that is still to be built breaks no rule of what is in it.</param>
/// <param name="tell">Takes each rule that is broken: the key's path, and what is wrong with the remedy.</param>
internal sealed class ReferenceValidation(Needs needs, Action<string, string> tell)
{
    private static readonly ReferenceKind[] Learned = [ReferenceKind.First, ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic];
    private static readonly ReferenceKind[] Moving = [ReferenceKind.PreviousWindow, ReferenceKind.Field, ReferenceKind.Topic];

    private static readonly (string Key, Func<ReferenceOptions, bool> IsThere, ReferenceKind[] Kinds)[] KeysOfKinds =
    [
        ("File", reference => reference.File is not null, [ReferenceKind.File, ReferenceKind.HourOfWeek, .. Learned]),
        ("Edges", reference => reference.Edges is not null, [ReferenceKind.Inline, ReferenceKind.Parametric, .. Learned]),
        ("Categories", reference => reference.Categories is not null, [ReferenceKind.Inline, .. Learned]),
        ("Probabilities", reference => reference.Probabilities is not null, [ReferenceKind.Inline]),
        ("Family", reference => reference.Family is not null, [ReferenceKind.Parametric]),
        ("Parameters", reference => reference.Parameters is not null, [ReferenceKind.Parametric]),
        ("Over", reference => reference.Over is not null, [ReferenceKind.First]),
        ("Events", reference => reference.Events is not null, [ReferenceKind.First]),
        ("Field", reference => reference.Field is not null, [ReferenceKind.Field, ReferenceKind.Topic]),
        ("Topic", reference => reference.Topic is not null, [ReferenceKind.Topic]),
        ("CalibrateOver", reference => reference.CalibrateOver is not null, Moving),
    ];

    /// <summary>Tells every rule that a monitor's reference breaks.</summary>
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
                tell($"{path}:File", "is missing: name a reference file; `driftmonitor reference build` makes one");
            }

            return;
        }

        ValidateWhatItIsComparedWith(monitor, path);
        ValidateBins(reference, path);
        TellIfAny($"{path}:Field", Spelling.WhyNoField(reference.Field));
        TellIfAny($"{path}:Topic", reference.Topic is { Length: > 0 } topic ? Spelling.WhyNoTopic(topic) : null);
        if (reference.CalibrateOver is { } over)
        {
            ValidateCalibrateOver(over, monitor.Pane?.Span ?? TimeSpan.Zero, $"{path}:CalibrateOver");
        }
    }

    private void ValidateKind(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        var kind = OptionsShape.TextOf(reference.Kind);
        foreach (var (key, _, kinds) in KeysOfKinds.Where(key => key.IsThere(reference) && !key.Kinds.Contains(reference.Kind)))
        {
            tell($"{path}:{key}", $"belongs to the kind {Phrases.Alternatives([.. kinds.Select(other => OptionsShape.TextOf(other)!)])}, and this is {kind}: leave it out, or write Kind");
        }

        if (monitor.SegmentBy is not null && reference.Kind != ReferenceKind.File)
        {
            tell($"{path}:Kind", $"is {kind}, and segments have references of the kind file: leave SegmentBy out, or take a file");
        }

        if (reference.Kind == ReferenceKind.HourOfWeek && monitor.Pane is { Span.Ticks: > 0 } pane && !MakesUpHoursOfWeeks(pane.Span.Ticks))
        {
            tell($"{path}:Kind", $"is {kind}, and panes of {pane} make up neither an hour nor, by whole hours, a week: write a Pane such as 5m, 1h or 6h");
        }
    }

    private static bool MakesUpHoursOfWeeks(long pane) =>
        TimeSpan.TicksPerHour % pane == 0 || (pane % TimeSpan.TicksPerHour == 0 && 7 * TimeSpan.TicksPerDay % pane == 0);

    private void ValidateWhatItIsComparedWith(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        switch (reference.Kind)
        {
            case ReferenceKind.First:
                ValidateFirst(monitor, path);
                break;
            case ReferenceKind.Field when string.IsNullOrWhiteSpace(reference.Field):
                tell($"{path}:Field", "is missing: name the other field, whose windows are compared with");
                break;
            case ReferenceKind.Topic when string.IsNullOrEmpty(reference.Topic):
                tell($"{path}:Topic", "is missing: name the other topic, whose windows are compared with");
                break;
            case ReferenceKind.Field when reference.Field == monitor.Field:
                tell($"{path}:Field", $"is {Phrases.Quote(monitor.Field)}, the monitor's own, which never differs from itself: name the other field");
                break;
            case ReferenceKind.Topic when reference.Topic == monitor.Topic && (reference.Field ?? monitor.Field) == monitor.Field:
                tell($"{path}:Topic", $"is {Phrases.Quote(monitor.Topic)}, the monitor's own, which never differs from itself: name the other topic");
                break;
        }
    }

    private void ValidateFirst(MonitorOptions monitor, string path)
    {
        var reference = monitor.Reference;
        if (string.IsNullOrWhiteSpace(reference.File))
        {
            tell($"{path}:File", "is missing: name the file that what is learned is written to, and read from after a restart");
        }

        if (reference.Over is null == reference.Events is null)
        {
            tell(path, $"{(reference.Over is null ? "says neither how long nor from how many events it is learned" : "has Over and Events")}: write Over, such as 7d, or Events");
        }
        else if (reference.Over is { } over && monitor.Pane is { Span: var pane } && pane > TimeSpan.Zero && (over.Span < pane || over.Span.Ticks % pane.Ticks != 0 || over.Span.Ticks / pane.Ticks > OptionsValidation.MostCalibratingPanes))
        {
            tell($"{path}:Over", FormattableString.Invariant($"is {over}: write a whole number of panes of {monitor.Pane}, at least one and at most {OptionsValidation.MostCalibratingPanes}"));
        }
    }

    // Given, or a file's: of a kind whose file is no reference, but holds bins.
    private void ValidateBins(ReferenceOptions reference, string path)
    {
        var areGiven = reference.Edges is not null || reference.Categories is not null;
        if (reference.Edges is not null && reference.Categories is not null)
        {
            tell(path, "has Edges and Categories: give one of the two");
        }
        else if (!areGiven && (string.IsNullOrWhiteSpace(reference.File) || reference.Kind == ReferenceKind.First))
        {
            tell($"{path}:Edges", $"is missing: bins come from the reference alone; write Edges{(reference.Kind == ReferenceKind.Parametric ? "" : " or Categories")}{(Moving.Contains(reference.Kind) ? ", or name a File whose bins count" : "")}");
        }
        else if (areGiven && Moving.Contains(reference.Kind) && reference.File is not null)
        {
            tell(path, "has bins and a File whose bins would count: give one of the two");
        }
        else if (areGiven)
        {
            var binning = ConfiguredDistribution.Bins(reference, out var fault);
            if (binning is not null && reference.Kind is (ReferenceKind.Inline or ReferenceKind.Parametric))
            {
                ConfiguredDistribution.Over(reference, binning, out fault);
            }

            if (fault is var (key, message))
            {
                tell($"{path}:{key}", message);
            }
        }
    }

    private void ValidateCalibrateOver(Duration over, TimeSpan pane, string path)
    {
        if (over.Span <= TimeSpan.Zero)
        {
            tell(path, $"is {over}: write a duration above 0, such as 14d");
        }
        else if (pane > TimeSpan.Zero && over.Span.Ticks / pane.Ticks > OptionsValidation.MostCalibratingPanes)
        {
            tell(path, FormattableString.Invariant(
                $"is {over}, {over.Span.Ticks / pane.Ticks} panes of {new Duration(pane)}, and at most {OptionsValidation.MostCalibratingPanes} are kept: write at most {new Duration(pane * OptionsValidation.MostCalibratingPanes)}, or a longer Pane"));
        }
    }

    private void TellIfAny(string path, string? message)
    {
        if (message is not null)
        {
            tell(path, message);
        }
    }
}
