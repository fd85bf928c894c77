using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of texts whose words are counted.</summary>
/// <param name="needs">What the verb needs; a reference that is still to be built has no content to check.</param>
/// <param name="report">Receives each broken rule: the key's path, and what is wrong with the remedy.</param>
internal sealed class TokensValidation(Needs needs, Action<string, string> report)
{
    private static readonly ReferenceKind[] Kinds =
    [
        ReferenceKind.File, ReferenceKind.HourOfWeek, ReferenceKind.Inline, ReferenceKind.PreviousWindow, ReferenceKind.Topic,
        ReferenceKind.Rest,
    ];

    /// <summary>Reports every rule that a monitor with tokens breaks.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="path">The monitor's path.</param>
    public void Validate(MonitorOptions monitor, string path)
    {
        if (monitor.Tokens is not { } tokens)
        {
            return;
        }

        var other = monitor.Fields is null ? "Field" : "Fields";
        if (monitor.Field.Length > 0 || monitor.Fields is not null)
        {
            report($"{path}:Tokens", $"is given, and so is {other}: write the text's field in Tokens:Field, and remove {other}");
        }

        if (NameRules.GetPlainFieldError(tokens.Field, needs.HasFlag(Needs.Topics)) is { } error)
        {
            report($"{path}:Tokens:Field", error);
        }

        if (monitor.Mean)
        {
            report($"{path}:Mean", "is true, and words have no mean: remove it");
        }

        if (needs.HasFlag(Needs.References))
        {
            ValidateReference(monitor.Reference, $"{path}:Reference");
        }
    }

    private void ValidateReference(ReferenceOptions reference, string path)
    {
        if (!Kinds.Contains(reference.Kind))
        {
            var kinds = Phrases.Alternatives([.. Kinds.Select(kind => OptionsShape.TextOf(kind)!)]);
            report($"{path}:Kind", $"is {OptionsShape.TextOf(reference.Kind)}, and Tokens need the kind {kinds}: change Kind");
        }
        else if (reference.Edges is not null)
        {
            report($"{path}:Edges", "are for numbers, and Tokens are words: write Categories, or the path of a reference file in File");
        }
        else if (NameRules.GetPlainFieldError(reference.Field, needs.HasFlag(Needs.Topics)) is { } error)
        {
            report($"{path}:Field", error);
        }
    }
}
