namespace DriftMonitor.History;

/// <summary>Where history goes, day by day.</summary>
internal interface IHistoryTarget
{
    /// <summary>Writes a day, which is complete. Days come in ascending order.</summary>
    /// <exception cref="HistoryException">The day cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The verb was interrupted; nothing of the day remains under a final name.</exception>
    void Write(HistoryDay day, CancellationToken stopping);
}
