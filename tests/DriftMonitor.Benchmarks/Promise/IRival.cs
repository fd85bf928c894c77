namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// A detector for independent events, whose threshold was found by simulating the same stream without drift: more than is known in
/// practice.
/// </summary>
internal interface IRival
{
    /// <summary>Adds the counts of a pane and closes it.</summary>
    /// <returns>Whether an alarm starts at its end.</returns>
    bool Close(ReadOnlySpan<long> counts);
}
