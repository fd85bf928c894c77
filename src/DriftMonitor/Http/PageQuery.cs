using System.Globalization;
using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>Which series the page shows: all, those whose name contains a text, or one; in which order; and which part of them.</summary>
/// <param name="Search">The text; empty for all.</param>
/// <param name="Monitor">The monitor of the one series; null for all.</param>
/// <param name="Segment">Its segment; empty without segments.</param>
/// <param name="Order">What the series are sorted by.</param>
/// <param name="Page">The part, from 1 on.</param>
internal sealed record PageQuery(
    string Search, string? Monitor, string Segment, SeriesOrder Order = SeriesOrder.Alert, int Page = 1)
{
    private const int LongestSearch = 100;

    /// <summary>Whether it is about one series.</summary>
    public bool IsOfOne => Monitor is not null;

    /// <summary>Whether it is about some series only.</summary>
    public bool IsOfSome => IsOfOne || Search.Length > 0;

    /// <summary>
    /// The address, relative to that of the page. An order holds from its first page on, and a search keeps the order.
    /// </summary>
    public string Address
    {
        get
        {
            var parts = new List<string>();
            Add("q", Search);
            Add("monitor", Monitor ?? "");
            Add("segment", Segment);
            Add("sort", Order == SeriesOrder.Alert ? "" : SeriesOrderNames.WordOf(Order));
            Add("page", Page == 1 ? "" : Page.ToString(CultureInfo.InvariantCulture));
            return parts.Count == 0 ? "./" : "?" + string.Join('&', parts);

            void Add(string key, string value)
            {
                if (value.Length > 0)
                {
                    parts.Add($"{key}={Uri.EscapeDataString(value)}");
                }
            }
        }
    }

    /// <summary>Reads a request's query; keys and values that mean nothing here are ignored, as links from elsewhere add theirs.</summary>
    public static PageQuery Of(IQueryCollection query)
    {
        var search = query["q"].ToString().Trim();
        return new PageQuery(
            search.Length > LongestSearch ? search[..LongestSearch] : search,
            query.TryGetValue("monitor", out var monitor) ? monitor.ToString() : null,
            query["segment"].ToString(),
            SeriesOrderNames.Of(query["sort"].ToString()),
            int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page > 0 ? page : 1);
    }

    /// <summary>The address of a series' own page.</summary>
    public static string AddressOf(string monitor, string segment) => new PageQuery("", monitor, segment).Address;

    /// <summary>The snapshot with the series that are asked for; null if there is no such series.</summary>
    public Snapshot? Select(Snapshot snapshot)
    {
        if (!IsOfSome)
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
