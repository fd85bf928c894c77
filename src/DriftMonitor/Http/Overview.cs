using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The part of the page that says how many series have drifted, and which of them it shows.</summary>
internal static class Overview
{
    /// <summary>Writes the sentence.</summary>
    /// <param name="html">The page.</param>
    /// <param name="all">All series.</param>
    /// <param name="list">Those that the query is about.</param>
    /// <param name="firing">How many of all have drifted.</param>
    /// <param name="query">The query.</param>
    public static void Write(Html html, Snapshot all, SeriesList list, int firing, PageQuery query)
    {
        var series = all.Monitors.Sum(monitor => monitor.Series.Count);
        html.Write($"""<p class="overview"><b>{firing:N0} of {Phrases.GroupedCount(series, "series", "series")}</b> """);
        html.Write($"{(firing == 1 ? "has" : "have")} drifted");
        if (query.IsOfOne)
        {
            var name = query.Segment.Length > 0 ? $"{query.Monitor}, {query.Segment}" : query.Monitor;
            html.Write($"; {(list.Count > 0 ? "shown" : "there is no series of this name")}: {name}");
        }
        else if (query.Search.Length > 0)
        {
            html.Write($"; {Phrases.GroupedCount(list.Count, "series", "series")} found with “{query.Search}” in the name");
        }

        if (query.IsOfSome)
        {
            html.Write($""" – <a href="{(query with { Search = "", Monitor = null, Segment = "", Page = 1 }).Address}">show all</a>""");
        }

        html.Write($"</p>\n");
    }
}
