using System.Buffers;
using System.Text;

namespace DriftMonitor.Telemetry;

/// <summary>A family's name and unit, as OpenTelemetry's rules for Prometheus make them from those of an instrument.</summary>
/// <param name="Family">The name without <c>_total</c>; ends in the unit if there is one.</param>
/// <param name="Unit">The unit in words, such as <c>seconds</c>, or empty.</param>
/// <remarks><see href="https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/"/>, without <c>_ratio</c>, as the .NET exporter does.</remarks>
internal readonly record struct MetricName(string Family, string Unit)
{
    private const string Total = "_total";

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary><c>driftmonitor.kl_divergence</c> in <c>nats</c> becomes <c>driftmonitor_kl_divergence_nats</c>.</summary>
    public static MetricName Of(string instrument, string? unit, MetricKind kind)
    {
        var family = Sanitise(instrument);
        if (kind == MetricKind.Counter && family.EndsWith(Total, StringComparison.Ordinal))
        {
            family = family[..^Total.Length];
        }

        var words = Words(unit ?? "");
        return new(words.Length == 0 || family.EndsWith('_' + words, StringComparison.Ordinal) ? family : $"{family}_{words}", words);
    }

    /// <summary>The attribute's key with each run of other characters than letters, digits and <c>_</c> as one <c>_</c>.</summary>
    public static string Label(string key) => IsLabel(key) ? key : Sanitise(key);

    /// <summary>Whether the text is <c>[a-zA-Z_][a-zA-Z0-9_]*</c>.</summary>
    public static bool IsLabel(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(LabelCharacters);

    private static string Sanitise(string text)
    {
        var name = new StringBuilder(text.Length + 1);
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            name.Append('_');
        }

        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                name.Append(c);
            }
            else if (name.Length == 0 || name[^1] != '_')
            {
                name.Append('_');
            }
        }

        return name.ToString();
    }

    // UCUM's symbols for the units that .NET's own meters use; others stand as they are. "{event}" counts things: no unit.
    private static string Words(string unit)
    {
        if (unit.Contains('{', StringComparison.Ordinal))
        {
            unit = unit[..unit.IndexOf('{', StringComparison.Ordinal)] + unit[(unit.LastIndexOf('}') + 1)..];
        }

        var per = unit.IndexOf('/', StringComparison.Ordinal);
        var words = per < 0 ? Word(unit) : $"{Word(unit[..per])}_per_{Word(unit[(per + 1)..]).TrimEnd('s')}";
        return words.Length == 0 ? "" : Sanitise(words).Trim('_');
    }

    private static string Word(string unit) => unit switch
    {
        "1" => "",
        "%" => "percent",
        "ns" => "nanoseconds",
        "us" => "microseconds",
        "ms" => "milliseconds",
        "s" => "seconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "Cel" => "celsius",
        "Hz" => "hertz",
        _ => unit,
    };
}
