using DriftMonitor.Configuration;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.State;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Planning;

/// <summary>Monitors that go on where a checkpoint ends, as far as it is theirs; the others are before their first event.</summary>
/// <param name="Bindings">The monitors, in their configured order.</param>
/// <param name="Points">Where reading goes on.</param>
/// <param name="Fresh">The monitors that do not go on, each with the reason as the end of a sentence.</param>
internal sealed record ResumedMonitors(
    IReadOnlyList<MonitorBinding> Bindings, ResumePoints Points, IReadOnlyList<(PlannedMonitor Monitor, string Reason)> Fresh)
{
    /// <summary>Monitors before their first event.</summary>
    public static ResumedMonitors WithoutCheckpoint(IReadOnlyList<PlannedMonitor> monitors) =>
        new([.. monitors.Select(monitor => monitor.Bind())], ResumePoints.None, []);

    /// <summary>Monitors that go on where a checkpoint ends.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    public static ResumedMonitors From(IReadOnlyList<PlannedMonitor> monitors, Checkpoint checkpoint)
    {
        var saved = checkpoint.Monitors.DistinctBy(monitor => monitor.Name).ToDictionary(monitor => monitor.Name, StringComparer.Ordinal);
        var bindings = new List<MonitorBinding>(monitors.Count);
        var fresh = new List<(PlannedMonitor, string)>();
        var numbers = new Dictionary<string, IReadOnlyList<PartitionName>>(StringComparer.Ordinal); // by pattern
        foreach (var monitor in monitors)
        {
            var state = saved.GetValueOrDefault(monitor.Spec.Name);
            var reason = state is null ? "it is not in the checkpoint"
                : state.FindDifference(MonitorSettings.Of(monitor)) is { } key ? $"{key} is not what it was"
                : TryLoad(monitor, state, out var binding) is { } fault ? fault
                : FindOtherNumbers(monitor, state, numbers) is { } difference ? difference
                : Add(binding!);
            if (reason is not null)
            {
                bindings.Add(monitor.Bind());
                fresh.Add((monitor, reason));
            }
        }

        var loaded = bindings.Where(binding => binding.CountedUpTo.Count > 0).Select(binding => binding.Monitor.Spec.Name).ToHashSet();
        var positions = checkpoint with { Monitors = [.. checkpoint.Monitors.Where(monitor => loaded.Contains(monitor.Name))] };
        var incomplete = fresh.SelectMany(one => one.Item1.Topics).ToHashSet();
        var whole = monitors.SelectMany(monitor => monitor.Topics).Where(topic => !incomplete.Contains(topic)).ToHashSet();
        var points = new ResumePoints(positions.Positions, checkpoint.Topics, whole)
        {
            Furthest = positions.Furthest,
            Numbers = numbers,
        };
        return new ResumedMonitors(bindings, points, fresh);

        string? Add(MonitorBinding binding)
        {
            bindings.Add(binding);
            return null;
        }
    }

    // The source numbers the partitions of a pattern for all of its monitors.
    private static string? FindOtherNumbers(
        PlannedMonitor monitor, MonitorCheckpoint saved, Dictionary<string, IReadOnlyList<PartitionName>> numbers)
    {
        if (!TopicPattern.IsPattern(monitor.Topic))
        {
            return null;
        }

        List<PartitionName> own = [.. saved.Positions.Select(at => new PartitionName(at.Position.Topic, at.Position.Partition))];
        return own.Distinct().Count() == own.Count && (numbers.TryAdd(monitor.Topic, own) || numbers[monitor.Topic].SequenceEqual(own))
            ? null
            : $"it does not number the partitions of {monitor.Topic} as the monitors before it do";
    }

    // Returns what keeps it from being loaded, or null.
    private static string? TryLoad(PlannedMonitor monitor, MonitorCheckpoint saved, out MonitorBinding? loaded)
    {
        loaded = null;
        if (saved.Positions.Count == 0)
        {
            return "the checkpoint was taken before its topic was found";
        }

        var binding = monitor.BindToLoad();
        try
        {
            binding.Monitor.Load(saved.State, saved.StateVersion);
        }
        catch (StateException e)
        {
            return $"its state cannot be loaded: {e.Message}";
        }

        if (FindFileDifference(monitor, binding.Monitor) is { } difference)
        {
            return difference;
        }

        loaded = binding with
        {
            CountedUpTo = saved.Positions.DistinctBy(at => (at.Position.Topic, at.Position.Partition))
                .ToDictionary(at => (at.Position.Topic, at.Position.Partition), at => at.Position.NextOffset),
        };
        return null;
    }

    // Who removes or replaces the file of a learned reference wants another one than the checkpoint has.
    private static string? FindFileDifference(PlannedMonitor planned, FieldMonitor monitor) => (planned.Reference, monitor.Against) switch
    {
        ({ Kind: ReferenceKind.First, Options.File: not null, File: null }, LearnedReference { Learned: not null }) =>
            "the file of its reference is missing",
        ({ Kind: ReferenceKind.First, File: not null }, LearnedReference { Learned: null }) =>
            "its reference was learned after that",
        ({ Kind: ReferenceKind.First, File: { } file }, LearnedReference { Learned: { } learned })
            when !AreSame(file.Reference, learned.Reference) => "the file of its reference has changed",
        ({ Kind: ReferenceKind.SoFar, Options.File: not null, Kept: null }, _)
            when monitor.Series.Any(series => series.Against.Whole is not null) => "the file of its reference is missing",
        _ => null,
    };

    private static bool AreSame(Reference one, Reference other) =>
        one.Binning.IsSameAs(other.Binning) && one.Counts.SequenceEqual(other.Counts);
}
