using System.Collections.ObjectModel;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Where a checkpoint ends.</summary>
/// <param name="Positions">Where reading goes on in each partition.</param>
/// <param name="Topics">Which topics these are of; others of the same name have other records.</param>
/// <param name="Whole">
/// The topics and patterns of which nothing before these positions is needed. The others are read from an earlier start too if that lies
/// before.
/// </param>
public sealed record ResumePoints(
    IReadOnlyList<Progress> Positions, IReadOnlyList<TopicIdentity> Topics, IReadOnlySet<string> Whole)
{
    /// <summary>
    /// The offset up to which any monitor has counted, where that is beyond the position: others are behind, and read again what it has.
    /// </summary>
    public IReadOnlyDictionary<(string Topic, int Partition), long> Furthest { get; init; } =
        ReadOnlyDictionary<(string Topic, int Partition), long>.Empty;

    /// <summary>The partitions of each <see cref="TopicPattern"/> by the numbers that monitors know them by.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PartitionName>> Numbers { get; init; } =
        ReadOnlyDictionary<string, IReadOnlyList<PartitionName>>.Empty;

    /// <summary>No checkpoint.</summary>
    public static readonly ResumePoints None = new([], [], new HashSet<string>());

    /// <summary>Those of some topics and patterns.</summary>
    public ResumePoints Of(IReadOnlyCollection<string> topics)
    {
        var numbers = Numbers.Where(names => topics.Contains(names.Key)).ToDictionary();
        var names = topics.Concat(numbers.Values.SelectMany(known => known).Select(name => name.Topic)).ToHashSet(StringComparer.Ordinal);
        return new(
            [.. Positions.Where(progress => names.Contains(progress.Position.Topic))],
            [.. Topics.Where(topic => names.Contains(topic.Topic))],
            Whole.Where(topics.Contains).ToHashSet(StringComparer.Ordinal))
        {
            Furthest = Furthest.Where(at => names.Contains(at.Key.Topic)).ToDictionary(),
            Numbers = numbers,
        };
    }

    /// <summary>The position in a partition; null where there is none.</summary>
    public Progress? Find(string topic, int partition)
    {
        foreach (var progress in Positions)
        {
            if (progress.Position.Topic == topic && progress.Position.Partition == partition)
            {
                return progress;
            }
        }

        return null;
    }
}
