using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Checkpoints;

/// <summary>A monitor in a checkpoint: exactly what the records before its positions make of it.</summary>
public sealed record MonitorCheckpoint
{
    /// <summary>The monitor's name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// What decides the meaning of the state, by the key of the configuration: a monitor with other settings cannot load it.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }

    /// <summary>
    /// Where its counts end in each partition that it reads. Where its topic is a pattern, a partition's place here is its number in the
    /// state, and partitions of topics that were deleted keep theirs.
    /// </summary>
    public required IReadOnlyList<Progress> Positions { get; init; }

    /// <summary>The end of the pane closed last; null before the first.</summary>
    public required EventTime? ClosedUpTo { get; init; }

    /// <summary>The panes that have closed.</summary>
    public required long ClosedPanes { get; init; }

    /// <summary>The panes of series and partitions that hold events and have not closed.</summary>
    public required long OpenPanes { get; init; }

    /// <summary>How many series there are.</summary>
    public required long Series { get; init; }

    /// <summary>The events in the longest windows of all series.</summary>
    public required long Events { get; init; }

    /// <summary>The alerts that are pending or firing.</summary>
    public required IReadOnlyList<(string Segment, Alert Alert)> Alerts { get; init; }

    /// <summary>The state, for <see cref="FieldMonitor.Load"/>.</summary>
    public required ReadOnlyMemory<byte> State { get; init; }

    /// <summary>The version of the state's form.</summary>
    public int StateVersion { get; init; } = StateExchange.CurrentVersion;

    /// <summary>Takes it from a monitor between two batches.</summary>
    /// <param name="binding">The monitor.</param>
    /// <param name="settings">As <see cref="Settings"/>.</param>
    /// <param name="progress">How far the source has been read.</param>
    /// <param name="names">Which partitions the monitor's numbers stand for, if its topic is a pattern; otherwise ignored.</param>
    public static MonitorCheckpoint Take(
        MonitorBinding binding, IReadOnlyList<KeyValuePair<string, string>> settings, IReadOnlyList<Progress> progress,
        IReadOnlyList<PartitionName>? names = null)
    {
        var monitor = binding.Monitor;
        var longest = monitor.Spec.LongestWindow;
        return new MonitorCheckpoint
        {
            Name = monitor.Spec.Name,
            Settings = settings,
            Positions = PositionsOf(binding, progress, names ?? []),
            ClosedUpTo = monitor.NextTime is { } next ? next - monitor.Spec.Pane.Length : null,
            ClosedPanes = monitor.ClosedPanes,
            OpenPanes = monitor.OpenPanes,
            Series = monitor.Series.Count,
            Events = monitor.Series.Sum(series => series.EventsIn(longest)),
            Alerts =
            [
                .. from series in monitor.Series
                   where series.Alert is { State: not AlertState.Inactive }
                   select (series.Segment, series.Alert),
            ],
            State = monitor.Save(),
        };
    }

    /// <summary>The first setting that differs, by its key; null if they are the same.</summary>
    public string? FindDifference(IReadOnlyList<KeyValuePair<string, string>> settings) =>
        settings.Concat(Settings).Select(setting => setting.Key).FirstOrDefault(key => ValueOf(key, settings) != ValueOf(key, Settings));

    /// <summary>Saves a monitor's checkpoint, or loads it; without the state, whose length it gives.</summary>
    internal static MonitorCheckpoint Exchange(StateExchange exchange, MonitorCheckpoint? saved, out long length)
    {
        var name = saved?.Name ?? "";
        exchange.Text(ref name);
        List<KeyValuePair<string, string>> settings = [.. saved?.Settings ?? []];
        exchange.List(settings, (ref KeyValuePair<string, string> setting) =>
        {
            var (key, value) = (setting.Key ?? "", setting.Value ?? "");
            exchange.Text(ref key);
            exchange.Text(ref value);
            setting = new(key, value);
        });
        List<Progress> positions = [.. saved?.Positions ?? []];
        exchange.List(positions, (ref Progress progress) =>
        {
            var topic = progress.Position.Topic ?? "";
            exchange.Text(ref topic);
            var position = new Position(
                topic, (int)exchange.Number((long)progress.Position.Partition), exchange.Number(progress.Position.NextOffset));
            progress = new Progress(position, exchange.Optional(progress.LogEnd));
        });
        List<(string Segment, Alert Alert)> alerts = [.. saved?.Alerts ?? []];
        var closed = exchange.Optional(saved?.ClosedUpTo?.Milliseconds);
        var (closedPanes, openPanes) = (exchange.Number(saved?.ClosedPanes ?? 0), exchange.Number(saved?.OpenPanes ?? 0));
        var (series, events) = (exchange.Number(saved?.Series ?? 0), exchange.Number(saved?.Events ?? 0));
        exchange.List(alerts, (ref (string Segment, Alert Alert) alert) =>
        {
            var segment = alert.Segment ?? "";
            exchange.Text(ref segment);
            alert = (segment, Alert.Exchange(exchange, alert.Alert ?? Alert.Initial));
        });
        length = exchange.Number((long)(saved?.State.Length ?? 0));
        return new MonitorCheckpoint
        {
            Name = name,
            Settings = settings,
            Positions = positions,
            ClosedUpTo = closed is { } end ? new EventTime(end) : null,
            ClosedPanes = closedPanes,
            OpenPanes = openPanes,
            Series = series,
            Events = events,
            Alerts = alerts,
            State = saved?.State ?? default,
        };
    }

    // The source may not have been opened yet, and then only the monitor knows its positions.
    private static List<Progress> PositionsOf(
        MonitorBinding binding, IReadOnlyList<Progress> progress, IReadOnlyList<PartitionName> names)
    {
        var ends = progress.ToDictionary(at => (at.Position.Topic, at.Position.Partition), at => at.LogEnd);
        var positions = binding.PositionsWith(progress, names);
        IEnumerable<(string Topic, int Partition)> inOrder = binding.IsPattern
            ? names.Select(name => (name.Topic, name.Partition))
            : positions.Keys.OrderBy(at => at.Topic, StringComparer.Ordinal).ThenBy(at => at.Partition);
        return
        [
            .. inOrder.Select(at => new Progress(
                new Position(at.Topic, at.Partition, positions.GetValueOrDefault(at)), ends.GetValueOrDefault(at))),
        ];
    }

    private static string? ValueOf(string key, IEnumerable<KeyValuePair<string, string>> settings) =>
        settings.Where(setting => setting.Key == key).Select(setting => setting.Value).FirstOrDefault();
}
