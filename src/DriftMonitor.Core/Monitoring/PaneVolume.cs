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
    /// <returns>Its value, also if it has no events, and the bin of it; null where the reference finds the bins.</returns>
    public (long Events, int? Bin) Take()
    {
        var events = _events;
        _events = 0;
        return (events, binning?.BinOf(events));
    }

    /// <summary>That of a monitor; null if its values are of events.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="binning">Its bins.</param>
    public static PaneVolume? Of(MonitorSpec spec, FieldBinning binning) =>
        spec.CountsVolume ? new PaneVolume(binning as NumericBinning) : null;
}
