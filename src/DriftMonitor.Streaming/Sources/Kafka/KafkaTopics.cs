using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The topics of the cluster that are read, and the configured names that each is read for: its own, and the patterns that it matches.
/// </summary>
/// <remarks>
/// A topic's index here is its place in the order in which topics were found, the configured ones first; without patterns, it is the index
/// that others know it by. A partition of a pattern has a number, given in the order in which partitions were found. Numbers are never used
/// again, as monitors keep what a partition has contributed by its number.
/// </remarks>
internal sealed class KafkaTopics
{
    private readonly IReadOnlyList<string> _names;
    private readonly TopicPattern?[] _patterns; // by configured name; null where it is a topic's
    private readonly List<string> _found = [];
    private readonly List<int[]> _uses = []; // by topic: places of configured names
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<PartitionName>[] _numbered;
    private readonly Dictionary<PartitionName, int>[] _numbers;

    /// <summary>The topics that are configured by their names; those of patterns are not known yet.</summary>
    public KafkaTopics(KafkaSourceSettings settings)
    {
        _names = settings.Topics;
        _patterns = [.. _names.Select(name => TopicPattern.IsPattern(name) ? new TopicPattern(name) : null)];
        _numbered = [.. _names.Select(name => settings.Resume.Numbers.TryGetValue(name, out var known) ? known.ToList() : [])];
        _numbers = Array.ConvertAll(_numbered, names => names.Index().ToDictionary(name => name.Item, name => name.Index));
        foreach (var (place, name) in _names.Index())
        {
            if (_patterns[place] is null)
            {
                Add(name, [place, .. PatternsOf(name)]);
            }
        }

        Configured = _found.Count;
    }

    /// <summary>The topics by index.</summary>
    public IReadOnlyList<string> Found => _found;

    /// <summary>How many of them are configured by their names; they come first.</summary>
    public int Configured { get; }

    /// <summary>Whether topics are configured by patterns.</summary>
    public bool HasPatterns => Array.Exists(_patterns, pattern => pattern is not null);

    /// <summary>The patterns that match no topic that was found.</summary>
    public IEnumerable<string> PatternsWithoutTopic =>
        _patterns.Index()
            .Where(pattern => pattern.Item is not null && !_uses.Exists(uses => uses.Contains(pattern.Index)))
            .Select(pattern => pattern.Item!.Text);

    /// <summary>The index of a topic; −1 if it is not read.</summary>
    public int IndexOf(string topic) => _places.GetValueOrDefault(topic, -1);

    /// <summary>Whether a topic is read only because it matches a pattern.</summary>
    public bool IsOfPattern(int topic) => topic >= Configured;

    /// <summary>The topics that a configured name stands for, as far as they have been found.</summary>
    /// <param name="name">The name's place in the configuration.</param>
    public IReadOnlyList<string> TopicsOf(int name) =>
        _patterns[name] is null ? [_names[name]] : [.. _found.Where((_, topic) => _uses[topic].Contains(name))];

    /// <summary>The partitions of a pattern by their numbers; empty for a topic.</summary>
    /// <param name="name">The pattern's place in the configuration.</param>
    public IReadOnlyList<PartitionName> NamesOf(int name) => _numbered[name];

    /// <summary>
    /// The configured names that a partition is read for, with its number in each. A new partition of a pattern is given one.
    /// </summary>
    public (int Topic, int Partition)[] UsesOf(int topic, int partition) =>
        Array.ConvertAll(_uses[topic], name => (name, NumberOf(name, new PartitionName(_found[topic], partition))));

    /// <summary>Adds the topics of a cluster that match a pattern and are not known yet, in ordinal order.</summary>
    /// <param name="listed">The topics of the cluster.</param>
    /// <param name="onLeftOut">Called for a topic for which there is no room, with the pattern.</param>
    /// <returns>Their indexes.</returns>
    public IReadOnlyList<int> AddMatching(IReadOnlyList<TopicMetadata> listed, Action<string, string> onLeftOut)
    {
        var added = new List<int>();
        var known = _numbered.SelectMany(names => names).Select(name => name.Topic).ToHashSet();
        foreach (var name in listed.Where(topic => IsReadable(topic) || (known.Contains(topic.Topic) && IsThere(topic)))
            .Select(topic => topic.Topic)
            .OrderBy(topic => known.Contains(topic) ? 0 : 1).ThenBy(topic => topic, StringComparer.Ordinal))
        {
            if (_places.ContainsKey(name) || PatternsOf(name) is not { Count: > 0 } matched)
            {
                continue;
            }

            var room = matched.Where(pattern => _uses.Count(uses => uses.Contains(pattern)) < TopicPattern.MostTopics).ToArray();
            if (room.Length < matched.Count)
            {
                onLeftOut(name, _names[matched.First(pattern => !room.Contains(pattern))]);
            }

            if (room.Length > 0)
            {
                added.Add(Add(name, room));
            }
        }

        return added;
    }

    /// <summary>
    /// Whether a topic can be read already, or still. One without partitions is being created, and so can have no record yet.
    /// </summary>
    public static bool IsReadable(TopicMetadata topic) => !topic.Error.IsError && topic.Partitions.Count > 0;

    /// <summary>Whether a topic exists.</summary>
    public static bool IsThere(TopicMetadata topic) => topic.Error.Code != ErrorCode.UnknownTopicOrPart;

    /// <summary>Whether a partition of a topic has a number that was given before the topic was found.</summary>
    public bool IsNumbered(int topic) =>
        Array.Exists(_uses[topic], name => _numbered[name].Exists(partition => partition.Topic == _found[topic]));

    private List<int> PatternsOf(string topic) =>
        [.. _patterns.Index().Where(pattern => pattern.Item?.Matches(topic) == true).Select(pattern => pattern.Index)];

    private int Add(string topic, int[] uses)
    {
        _places.TryAdd(topic, _found.Count);
        _found.Add(topic);
        _uses.Add(uses);
        return _found.Count - 1;
    }

    private int NumberOf(int name, PartitionName partition)
    {
        if (_patterns[name] is null)
        {
            return partition.Partition;
        }

        if (!_numbers[name].TryGetValue(partition, out var number))
        {
            number = _numbered[name].Count;
            _numbered[name].Add(partition);
            _numbers[name].Add(partition, number);
        }

        return number;
    }
}
