namespace DriftMonitor.Live;

/// <summary>Past readings of a window, one for each pane, oldest first; NaN where there was none.</summary>
/// <param name="KlNats">The divergences, in nats.</param>
/// <param name="NoiseNats">What chance alone would have shown, in nats; as many.</param>
internal readonly record struct PastReadings(ReadOnlyMemory<double> KlNats, ReadOnlyMemory<float> NoiseNats)
{
    /// <summary>How many panes there are.</summary>
    public int Count => KlNats.Length;
}
