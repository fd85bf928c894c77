using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of two fields that are watched together.</summary>
/// <param name="needs">What the verb needs; a reference that is still to be built has no content to check.</param>
/// <param name="report">Receives each broken rule: the key's path, and what is wrong with the remedy.</param>
internal sealed class PairValidation(Needs needs, Action<string, string> report)
{
    private static readonly ReferenceKind[] Kinds = [ReferenceKind.File, ReferenceKind.HourOfWeek, ReferenceKind.PreviousWindow];

    /// <summary>Reports every rule that a monitor's fields break.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="path">The monitor's path.</param>
    public void Validate(MonitorOptions monitor, string path)
    {
        if (monitor.Fields is not { } fields)
        {
            if (monitor.Field.Length == 0 && monitor.Tokens is null)
            {
                report($"{path}:Field", "is missing: write the field to watch, two fields in Fields, or a text in Tokens");
            }

            return;
        }

        if (monitor.Field.Length > 0)
        {
            report($"{path}:Fields", "is given, and so is Field: write one field in Field, or two in Fields");
        }

        ValidateFields(fields, $"{path}:Fields", joins: monitor.JoinBy is not null);
        if (monitor.Mean)
        {
            report($"{path}:Mean", "is true, and a mean is of one field: remove it, or write one field in Field");
        }

        if (needs.HasFlag(Needs.References))
        {
            ValidateReference(monitor.Reference, $"{path}:Reference");
        }
    }

    private void ValidateFields(List<string> fields, string path, bool joins)
    {
        if (fields.Count != 2)
        {
            report(path, $"has {Phrases.Count(fields.Count, "field")}: write two, whose pairs are watched");
            return;
        }

        foreach (var (index, field) in fields.Index())
        {
            var error = field.Length == 0 ? "is empty: write the path of a field"
                : joins ? JoinValidation.GetFieldError(field, needs.HasFlag(Needs.Topics))
                : NameRules.GetPlainFieldError(field, needs.HasFlag(Needs.Topics));
            if (error is not null)
            {
                report(FormattableString.Invariant($"{path}:{index}"), error);
            }
        }

        if (fields[0] == fields[1] && fields[0].Length > 0)
        {
            report(path, $"has {Phrases.Quote(fields[0])} twice: write two different fields");
        }
    }

    private void ValidateReference(ReferenceOptions reference, string path)
    {
        if (!Kinds.Contains(reference.Kind))
        {
            var kinds = Phrases.Alternatives([.. Kinds.Select(kind => OptionsShape.TextOf(kind)!)]);
            report($"{path}:Kind", $"is {OptionsShape.TextOf(reference.Kind)}, and pairs of fields need the kind {kinds}: change Kind");
        }
        else if (reference.Edges is not null || reference.Categories is not null)
        {
            var key = reference.Edges is null ? "Categories" : "Edges";
            report($"{path}:{key}", "are the bins of one field, and pairs take theirs from a file: write its path in File");
        }
    }
}
