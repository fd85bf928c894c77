using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The value of a pane where it is the number of its events, summed over partitions.</summary>
/// <param name="binning">The bins of the values; null where the reference finds them in the values.</param>
internal sealed class PaneVolume(NumericBinning? binning)
{
    private long _events; // of the pane that closes next

    /// <summary>Adds events of the pane that closes next.</summary>
    public void Add(long events) => _events += events;

    /// <summary>Closes the pane.</summary>
    /// <returns>The bin of its value, also if it has no events.</returns>
    public int TakeBin() => binning!.BinOf(Take());

    /// <summary>Closes the pane.</summary>
    /// <returns>Its value, also if it has no events.</returns>
    public long Take()
    {
        var events = _events;
        _events = 0;
        return events;
    }

    /// <summary>That of a monitor; null if its values are of events.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="binning">Its bins.</param>
    public static PaneVolume? Of(MonitorSpec spec, FieldBinning binning) =>
        spec.CountsVolume ? new PaneVolume(binning as NumericBinning) : null;
}
