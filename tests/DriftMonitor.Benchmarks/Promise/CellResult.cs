namespace DriftMonitor.Benchmarks.Promise;

/// <summary>The results of the streams of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="AlarmsPerT">
/// For each stream, the alarms per T in the order of <see cref="FalseAlarms.Promised"/>.
/// </param>
/// <param name="Firing">For each stream, the share of live panes at whose end the alarm was firing, in the same order.</param>
/// <param name="LiveOverReference">The number of live panes of a stream divided by that of its reference.</param>
internal sealed record CellResult(Cell Cell, double[][] AlarmsPerT, double[][] Firing, double LiveOverReference)
{
    /// <summary>
    /// The share of time in which the alarm was firing: the mean over the streams and the promised times within the reference. The number
    /// of alarms alone would favour an alarm that never ends.
    /// </summary>
    public double FiringWithin => Firing.Average(stream => stream[..FalseAlarms.Within].Average());
}
