using DriftMonitor.Core.Monitoring;
using DriftMonitor.Live;

namespace DriftMonitor.Metrics;

/// <summary>A metric of each series: a scrape shows it as of the last closed pane, a replay at the end of every pane.</summary>
/// <param name="Instrument">The instrument's name, which ends in its unit.</param>
/// <param name="Kind">A gauge or a counter.</param>
/// <param name="IsWhole">Whether its values are whole numbers.</param>
/// <param name="Description">What it is, in a sentence.</param>
/// <param name="Observe">Gives its values for a series of a monitor.</param>
internal sealed record SeriesMetric(
    string Instrument, MetricKind Kind, bool IsWhole, string Description,
    Func<MonitorSpec, SeriesSnapshot, IEnumerable<SeriesSample>> Observe)
{
    /// <summary>
    /// How many label sets it can have for a window of a monitor's series: 0 for monitors that never have it. The SDK reserves memory for
    /// each.
    /// </summary>
    public Func<MonitorSnapshot, int> SetsOfWindow { get; init; } = static _ => 1;

    /// <summary>The family's name in an exposition; for a counter, without <c>_total</c>.</summary>
    public string Family => Instrument.Replace('.', '_');
}
