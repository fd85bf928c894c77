using DriftMonitor.Configuration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of derived fields: what they can be combined with.</summary>
/// <param name="needs">What the verb needs; a reference that is still to be built has no content to check.</param>
/// <param name="report">Receives each broken rule: the key's path, and what is wrong with the remedy.</param>
internal sealed class DerivedFieldValidation(Needs needs, Action<string, string> report)
{
    /// <summary>Reports every rule that a monitor's derived field breaks; none if its field is not derived, or cannot be read.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="path">The monitor's path.</param>
    public void Validate(MonitorOptions monitor, string path)
    {
        if (NameRules.ParseDerived(monitor.Field) is not { } derived)
        {
            if (NameRules.ParseDerived(monitor.Reference.Field) is not null)
            {
                report(
                    $"{path}:Reference:Field",
                    $"is {monitor.Reference.Field}, a derived field, and Field is not: derive both in the same way");
            }

            return;
        }

        if (derived.Derivation.Kind == DerivedKind.DeviationFromDays && monitor.Pane is { Span.Ticks: > 0 } pane)
        {
            ValidatePaneOfDay(pane, $"{path}:Pane");
        }

        if (derived.Derivation.Kind == DerivedKind.Volume && monitor.MinimumEvents != 1)
        {
            report(
                $"{path}:MinimumEvents",
                $"is {monitor.MinimumEvents}, and volume() has one value a pane, so that 1 is enough: remove it");
        }

        if (monitor.Mean && !derived.Derivation.IsNumeric)
        {
            report(
                $"{path}:Mean",
                $"is true, and {derived.Text} is true or false, which has no mean: remove it; their shares are in the bins");
        }

        if (needs.HasFlag(Needs.References))
        {
            ValidateReference(derived, monitor.Reference, $"{path}:Reference");
        }
    }

    private void ValidatePaneOfDay(Duration pane, string path)
    {
        if (TimeSpan.TicksPerDay % pane.Span.Ticks != 0)
        {
            report(path, $"is {pane}, and deviation(x, day) needs panes that divide a day: write a Pane such as 5m, 1h or 1d");
        }
        else if (!EarlierDays.Divides(new PaneGrid(pane.Span)))
        {
            report(
                path,
                $"is {pane}, and deviation(x, day) keeps values for each pane of a day, at most {EarlierDays.MostPanesADay}: "
                + "write at least 1s");
        }
    }

    private void ValidateReference(DerivedField derived, ReferenceOptions reference, string path)
    {
        if (derived.Derivation.IsNumeric && reference.Categories is not null)
        {
            report($"{path}:Categories", $"are for texts, and {derived.Text} is a number: write Edges");
        }
        else if (!derived.Derivation.IsNumeric && reference.Edges is not null)
        {
            report($"{path}:Edges", $"are for numbers, and {derived.Text} is true or false: write \"Categories\": [\"true\", \"false\"]");
        }

        if (reference.Kind == ReferenceKind.Field)
        {
            report(
                $"{path}:Kind",
                $"is field, which compares two fields of the same events, and {derived.Text} is derived from several: "
                + "write another Kind, or the path of a field in Field");
        }
        else if (reference.Kind == ReferenceKind.Rest && derived.Derivation.Kind == DerivedKind.Volume)
        {
            report(
                $"{path}:Kind",
                $"is rest, which compares the events of segments, and {derived.Text} counts panes: write another Kind, such as so_far");
        }
        else if (reference.Field is { } other && (NameRules.ParseDerived(other) is not { } same || same.Derivation != derived.Derivation))
        {
            report(
                $"{path}:Field",
                $"is {Phrases.Quote(other)}, and the monitor's Field is {derived.Text}: derive both in the same way, or remove it");
        }
    }
}
