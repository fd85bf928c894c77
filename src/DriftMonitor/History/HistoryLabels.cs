using DriftMonitor.Metrics;
using DriftMonitor.Samples;
using DriftMonitor.Wording;

namespace DriftMonitor.History;

/// <summary>The labels that keep a backfill apart, as written on the command line: <c>replay=2013</c>.</summary>
internal static class HistoryLabels
{
    /// <summary>Parses labels.</summary>
    /// <param name="written">Each <c>NAME=VALUE</c>.</param>
    /// <exception cref="UsageException">One of them cannot be a label beside those of our metrics.</exception>
    public static IReadOnlyList<(string Name, string Value)> Parse(IEnumerable<string> written)
    {
        var labels = new List<(string Name, string Value)>();
        foreach (var text in written)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (text, "") : (text[..equals], text[(equals + 1)..]);
            var fault =
                equals < 0 || name.Length == 0 ? "use NAME=VALUE, for example replay=2013"
                : !Labels.IsName(name) ? $"the name {Phrases.Quote(name)} must consist of letters, digits and _, and not begin with a digit"
                : name.StartsWith("__", StringComparison.Ordinal) ? "names that begin with __ are reserved for Prometheus: use another one"
                : SeriesMetrics.LabelNames.Contains(name) ? $"the metrics have a label {name} of their own: use another name"
                : labels.Exists(label => label.Name == name) ? $"the label {name} is given twice: give it once"
                : value.Length == 0 ? "the value is empty, and Prometheus drops such a label: give a value"
                : value.Any(char.IsControl) || !IsUnicode(value) ? "the value has characters that are no text: use others"
                : null;
            if (fault is not null)
            {
                throw new UsageException($"--label {text}: {fault}");
            }

            labels.Add((name, value));
        }

        return labels;
    }

    // A lone surrogate stands for bytes that are not UTF-8.
    private static bool IsUnicode(string text) => !text.Contains('\uFFFD') && text.EnumerateRunes().All(rune => rune.Value != 0xFFFD);
}
