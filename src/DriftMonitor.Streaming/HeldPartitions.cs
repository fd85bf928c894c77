using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Holds back partitions that are ahead of others whose events are joined with theirs: what they give would be kept until the others have
/// come as far.
/// </summary>
/// <remarks>
/// A partition for which panes wait is never held, so that the others always come as far. Readings do not depend on it, as they do not
/// depend on how partitions interleave.
/// </remarks>
/// <param name="source">The source.</param>
/// <param name="routes">The topics, by index.</param>
/// <param name="most">The events in open panes of a monitor beyond which partitions are held; they go on at half as many.</param>
internal sealed class HeldPartitions(IEventSource source, TopicRoute[] routes, int most)
{
    /// <summary>The usual limit.</summary>
    public const int MostOpen = 1_000_000;

    private readonly HashSet<(int Topic, int Partition)> _held = [];
    private readonly bool _isNeeded =
        Array.Exists(routes, route => Array.Exists(route.Targets, target => target.Monitor.Join is not null));

    /// <summary>Holds partitions or lets them go on, by what the monitors keep now.</summary>
    public void Update()
    {
        if (!_isNeeded || (_held.Count == 0 && !Array.Exists(routes, route => Array.Exists(route.Targets, HasTooMany))))
        {
            return;
        }

        for (var topic = 0; topic < routes.Length; topic++)
        {
            var targets = Array.FindAll(routes[topic].Targets, target => target.Monitor.Join is not null);
            for (var partition = 0; targets.Length > 0 && partition < source.Partitions(topic); partition++)
            {
                var isHeld = _held.Contains((topic, partition));
                var limit = isHeld ? most / 2 : most;
                var holds = Array.Exists(targets, target => target.Monitor.Join!.OpenEvents > limit)
                    && Array.TrueForAll(targets, target => target.Monitor.IsAhead(partition, target.IsReference));
                if (holds != isHeld)
                {
                    source.Hold(topic, partition, holds);
                    _ = holds ? _held.Add((topic, partition)) : _held.Remove((topic, partition));
                }
            }
        }
    }

    private bool HasTooMany(MonitorTarget target) => target.Monitor.Join is { } join && join.OpenEvents > most;
}
