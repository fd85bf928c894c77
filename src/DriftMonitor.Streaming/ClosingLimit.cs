using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming;

/// <summary>
/// Up to where panes of a monitor may close: to where the watermarks had come when the source was last asked which partitions there are.
/// Beyond, a partition may have been added whose events belong to a pane that is due.
/// </summary>
/// <remarks>An event of a new partition was written after the partition was added, and before those that made its pane due.</remarks>
/// <param name="monitor">The monitor.</param>
/// <param name="topics">How many topics it reads, 1 or 2.</param>
internal sealed class ClosingLimit(FieldMonitor monitor, int topics)
{
    private static readonly EventTime Never = new(long.MinValue);
    private static readonly EventTime Always = new(long.MaxValue);

    private readonly EventTime?[] _asked = new EventTime?[topics];
    private readonly EventTime?[] _confirmed = new EventTime?[topics];

    /// <summary>No pane that ends later may close.</summary>
    public EventTime Value
    {
        get
        {
            var least = Always;
            foreach (var confirmed in _confirmed)
            {
                least = confirmed is { } known ? known < least ? known : least : Never;
            }

            return least;
        }
    }

    /// <summary>Whether a pane is due that may not close yet.</summary>
    public bool Holds => monitor.DueEnd is { } end && end > Value;

    /// <summary>The source is being asked which partitions a topic has.</summary>
    /// <param name="isReference">Whether it is the topic that windows are compared with.</param>
    public void Ask(bool isReference) => _asked[PlaceOf(isReference)] = monitor.ClosableUpTo;

    /// <summary>The source has answered; the monitor waits for the partitions that are new.</summary>
    /// <param name="isReference">As above.</param>
    public void Confirm(bool isReference)
    {
        var place = PlaceOf(isReference);
        _confirmed[place] = _asked[place] ?? _confirmed[place];
    }

    /// <summary>No partition can be added to a topic.</summary>
    /// <param name="isReference">As above.</param>
    public void Lift(bool isReference) => _confirmed[PlaceOf(isReference)] = Always;

    private int PlaceOf(bool isReference) => isReference ? topics - 1 : 0;
}
