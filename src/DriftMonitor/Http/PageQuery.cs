using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>Which series the page shows: all, those whose name contains a text, or one.</summary>
/// <param name="Search">The text; empty for all.</param>
/// <param name="Monitor">The monitor of the one series; null for all.</param>
/// <param name="Segment">Its segment; empty without segments.</param>
internal sealed record PageQuery(string Search, string? Monitor, string Segment)
{
    /// <summary>All series.</summary>
    public static readonly PageQuery All = new("", null, "");

    private const int LongestSearch = 100;

    /// <summary>Whether it is about one series.</summary>
    public bool IsOfOne => Monitor is not null;

    /// <summary>Reads a request's query; keys that mean nothing here are ignored, as links from elsewhere add theirs.</summary>
    public static PageQuery Of(IQueryCollection query)
    {
        var search = query["q"].ToString().Trim();
        return new PageQuery(
            search.Length > LongestSearch ? search[..LongestSearch] : search,
            query.TryGetValue("monitor", out var monitor) ? monitor.ToString() : null,
            query["segment"].ToString());
    }

    /// <summary>The address of a series' own page.</summary>
    public static string AddressOf(string monitor, string segment) =>
        $"?monitor={Uri.EscapeDataString(monitor)}" + (segment.Length > 0 ? $"&segment={Uri.EscapeDataString(segment)}" : "");

    /// <summary>The snapshot with the series that are asked for; null if there is no such series.</summary>
    public Snapshot? Select(Snapshot snapshot)
    {
        if (Monitor is null && Search.Length == 0)
        {
            return snapshot;
        }

        var monitors = snapshot.Monitors
            .Where(monitor => Monitor is null || monitor.Spec.Name == Monitor)
            .Select(monitor => monitor with { Series = [.. monitor.Series.Where(series => IsMeant(monitor, series))] })
            .Where(monitor => monitor.Series.Count > 0).ToList();
        return IsOfOne && monitors.Count == 0 ? null : snapshot with { Monitors = monitors };
    }

    private bool IsMeant(MonitorSnapshot monitor, SeriesSnapshot series) => IsOfOne
        ? series.Segment == Segment
        : monitor.Spec.Name.Contains(Search, StringComparison.OrdinalIgnoreCase)
            || series.Segment.Contains(Search, StringComparison.OrdinalIgnoreCase);
}
