using System.Globalization;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>What a request asks the API for: <c>?monitor=NAME&amp;segment=TEXT&amp;limit=N&amp;after=CURSOR</c>.</summary>
/// <param name="Monitor">Only this monitor; null for all.</param>
/// <param name="Segment">Only series of this segment; null for all.</param>
/// <param name="Limit">The most series in the answer; null for as many as fit.</param>
/// <param name="After">Only what comes after this series; null for all.</param>
internal sealed record ApiQuery(string? Monitor, string? Segment, int? Limit, ApiCursor? After)
{
    /// <summary>The largest <see cref="Limit"/>.</summary>
    public const int MostSeries = 10_000;

    private const string Names = "monitor, segment, limit and after";

    /// <summary>Reads a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="monitor">The monitor that the path names; null for a path without one.</param>
    /// <param name="error">What is wrong with the query, in a sentence; null if it is valid.</param>
    public static ApiQuery Read(IQueryCollection query, string? monitor, out string? error)
    {
        error = null;
        var result = new ApiQuery(monitor, Segment: null, Limit: null, After: null);
        foreach (var (name, values) in query)
        {
            var value = $"{values}";
            error ??= values.Count > 1 ? $"{name} is given twice: give it once" : null;
            switch (name)
            {
                case "monitor" when monitor is null:
                    result = result with { Monitor = value };
                    break;
                case "segment":
                    result = result with { Segment = value };
                    break;
                case "limit":
                    result = result with { Limit = ParseLimit(value) };
                    error ??= result.Limit is null ? LimitError(value) : null;
                    break;
                case "after":
                    result = result with { After = ApiCursor.Parse(value) };
                    error ??= result.After is null ? "after is not from an answer of this API: give the value in its \"next\"" : null;
                    break;
                case "monitor":
                    error ??= "the path names the monitor already: remove the parameter monitor";
                    break;
                default:
                    error ??= $"there is no parameter {Phrases.Quote(name)}: the parameters are {Names}";
                    break;
            }
        }

        return result;
    }

    /// <summary>The query of a further answer: the same, after another series; as a reference relative to this one.</summary>
    public string NextReference(ApiCursor last, bool isInPath)
    {
        var parts = new List<string>();
        Add("monitor", isInPath ? null : Monitor);
        Add("segment", Segment);
        Add("limit", Limit?.ToString(CultureInfo.InvariantCulture));
        Add("after", last.ToString());
        return "?" + string.Join('&', parts);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    /// <summary>The monitors with something to answer, each with the series to answer, in their order.</summary>
    public IEnumerable<(MonitorSnapshot Monitor, IReadOnlyList<SeriesSnapshot> Series)> SelectFrom(IEnumerable<MonitorSnapshot> monitors)
    {
        var hasStarted = After is null;
        foreach (var monitor in monitors)
        {
            var isResumed = !hasStarted && monitor.Spec.Name == After!.Monitor;
            if (hasStarted || isResumed)
            {
                var isAsked = Monitor is null || monitor.Spec.Name == Monitor;
                var series = isAsked ? SelectSeries(monitor, isResumed) : [];
                if (series.Count > 0 || (isAsked && !isResumed && Segment is null && monitor.Series.Count == 0))
                {
                    yield return (monitor, series);
                }
            }

            hasStarted |= isResumed;
        }
    }

    private IReadOnlyList<SeriesSnapshot> SelectSeries(MonitorSnapshot monitor, bool isResumed) =>
        Segment is null && !isResumed
            ? monitor.Series
            : [.. monitor.Series.Where(series =>
                (Segment is null || series.Segment == Segment) && (!isResumed || After!.IsBefore(series)))];

    /// <summary>What is wrong with a limit that cannot be read.</summary>
    public static string LimitError(string text) =>
        FormattableString.Invariant($"limit is {Phrases.Quote(text)}: give a whole number from 1 to {MostSeries}");

    /// <summary>Reads a limit; null for one that is not a whole number in its range.</summary>
    public static int? ParseLimit(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostSeries
            ? limit
            : null;
}
