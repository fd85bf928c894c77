namespace DriftMonitor.Core.Monitoring;

/// <summary>An event that is to be joined with one of another topic.</summary>
/// <param name="Key">The hash of its record's key.</param>
/// <param name="Time">Its event time, in milliseconds.</param>
/// <param name="Bin">The bin of its value.</param>
/// <param name="Order">Its place among the events of its pane, by topic, partition and arrival.</param>
internal readonly record struct KeyedEvent(UInt128 Key, long Time, int Bin, int Order) : IComparable<KeyedEvent>
{
    /// <summary>By event time, then by topic, partition and arrival.</summary>
    public int CompareTo(KeyedEvent other) => Time != other.Time ? Time.CompareTo(other.Time) : Order.CompareTo(other.Order);
}
