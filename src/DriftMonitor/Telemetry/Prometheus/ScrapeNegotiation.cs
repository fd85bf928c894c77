using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace DriftMonitor.Telemetry;

/// <summary>What a scraper's request headers ask for. What cannot be understood or served asks for text 0.0.4, as plain bytes.</summary>
internal static class ScrapeNegotiation
{
    /// <summary>The format most wanted by <c>Accept</c>; of equals the first named, and text 0.0.4 for a wildcard.</summary>
    public static ExpositionFormat Format(StringValues accept)
    {
        if (MediaTypeHeaderValue.TryParseList(accept, out var ranges))
        {
            foreach (var range in ranges.Where(range => Quality(range) > 0).OrderByDescending(Quality))
            {
                if (Matches(range, "text/plain", "0.0.4"))
                {
                    return ExpositionFormat.Text004;
                }

                if (Matches(range, "application/openmetrics-text", "1.0.0"))
                {
                    return ExpositionFormat.OpenMetrics100;
                }
            }
        }

        return ExpositionFormat.Text004;
    }

    /// <summary>Whether <c>Accept-Encoding</c> allows gzip, and does not prefer identity.</summary>
    public static bool Gzip(StringValues acceptEncoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var codings))
        {
            return false;
        }

        double? QualityOf(string coding) => codings.FirstOrDefault(c => c.Value.Equals(coding, StringComparison.OrdinalIgnoreCase)) is { } found
            ? found.Quality ?? 1
            : null;
        var gzip = QualityOf("gzip") ?? QualityOf("*") ?? 0;
        return gzip > 0 && gzip >= (QualityOf("identity") ?? 0);
    }

    // A range's other parameters, such as Prometheus 3's escaping, ask for nothing that our names need.
    private static bool Matches(MediaTypeHeaderValue range, string type, string version) =>
        range.MatchesMediaType(type) &&
        range.Parameters.All(p => !p.Name.Equals("version", StringComparison.OrdinalIgnoreCase) || p.GetUnescapedValue() == version);

    private static double Quality(MediaTypeHeaderValue range) =>
        range.Quality ?? (range.Parameters.Any(p => p.Name.Equals("q", StringComparison.OrdinalIgnoreCase)) ? 0 : 1);
}
