using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>A series in the page's list.</summary>
/// <param name="Place">The place of its monitor among those of the snapshot.</param>
/// <param name="Monitor">Its monitor.</param>
/// <param name="Series">The series.</param>
internal readonly record struct ListedSeries(int Place, MonitorSnapshot Monitor, SeriesSnapshot Series);
