using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Live;

/// <summary>How a monitor has joined the events of two topics, in this process.</summary>
/// <param name="Waiting">Events of closed panes that wait for a partner.</param>
/// <param name="Joined">Pairs that have counted.</param>
/// <param name="Unmatched">Events that have counted without a partner.</param>
/// <param name="CutShort">Those of them whose wait had not ended, as there were too many.</param>
internal sealed record JoinSnapshot(long Waiting, long Joined, long Unmatched, long CutShort)
{
    /// <summary>That of a monitor; null if it joins nothing.</summary>
    public static JoinSnapshot? Of(FieldMonitor monitor) => monitor.Join is { } join
        ? new JoinSnapshot(join.WaitingEvents, join.Joined, join.Unmatched, join.CutShort)
        : null;
}
