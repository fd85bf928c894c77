using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Counts the events that the logs no longer held when they were to be read. One thread uses it.</summary>
/// <param name="logger">Where each is logged.</param>
internal sealed class KafkaLosses(ILogger logger)
{
    private readonly Dictionary<(string Topic, LossReason Reason), long> _counts = [];

    /// <summary>The counts so far; an occurrence in which nothing was lost counts as 0.</summary>
    public IReadOnlyList<LostEvents> Counts =>
        [.. _counts.Select(loss => new LostEvents(loss.Key.Topic, loss.Key.Reason, loss.Value))];

    /// <summary>Adds events that are lost.</summary>
    public void Add(string topic, LossReason reason, long count) =>
        _counts[(topic, reason)] = _counts.GetValueOrDefault((topic, reason)) + count;

    /// <summary>
    /// Lets partitions go on where a checkpoint ends. Where retention has deleted what comes next, that is counted, and the rest is read.
    /// </summary>
    /// <param name="partitions">The partitions, with the offsets at which they would be read first without a checkpoint.</param>
    /// <param name="settings">Where the checkpoint ends.</param>
    /// <param name="topics">The topics that were found.</param>
    /// <exception cref="SourceResetException">A log ends before that.</exception>
    public void Resume(IReadOnlyList<KafkaPartition> partitions, KafkaSourceSettings settings, KafkaTopics topics)
    {
        var resume = settings.Resume;
        var found = partitions.ToLookup(partition => (partition.Name.Topic, partition.Name.Partition.Value));
        var deleted = new Dictionary<string, long>(); // topics of patterns: another one that is missing is waited for
        foreach (var (position, logEnd) in resume.Positions)
        {
            if (topics.IndexOf(position.Topic) < 0)
            {
                deleted[position.Topic] = deleted.GetValueOrDefault(position.Topic) + Math.Max(0, (logEnd ?? 0) - position.NextOffset);
                continue;
            }

            var furthest = Math.Max(
                position.NextOffset, resume.Furthest.GetValueOrDefault((position.Topic, position.Partition)));
            if (found[(position.Topic, position.Partition)].FirstOrDefault() is not { } partition || furthest > partition.High)
            {
                throw Reset(position.Topic, resume, partitions); // with fewer partitions, it is another topic
            }

            partition.Furthest = furthest;
        }

        foreach (var (topic, unread) in deleted)
        {
            Delete(topic, unread);
        }

        foreach (var partition in partitions)
        {
            if (resume.Find(partition.Name.Topic, partition.Name.Partition.Value)?.Position.NextOffset is not { } next)
            {
                continue;
            }

            if (next < partition.Low)
            {
                logger.OffsetNotInLog(partition.Name, next, partition.Low);
                Add(partition.Name.Topic, LossReason.Retention, partition.Low - next);
                next = partition.Low;
                partition.HasLoss = true;
            }

            var isWhole = Array.TrueForAll(partition.Uses, use => resume.Whole.Contains(settings.Topics[use.Topic]));
            partition.Next = isWhole ? next : Math.Min(next, partition.Next);
        }
    }

    /// <summary>A topic of a pattern was deleted.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="unread">How many records that had not been read are lost with it, as far as is known.</param>
    public void Delete(string topic, long unread)
    {
        logger.TopicDeleted(topic, unread);
        Add(topic, LossReason.Truncated, unread);
    }

    /// <summary>
    /// Counts what a topic had when the checkpoint was taken, after its position, and what of the records before the position has
    /// disappeared.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="resume">Where the checkpoint ends.</param>
    /// <param name="partitions">The partitions, if they are of the same topic as the checkpoint.</param>
    public SourceResetException Reset(string topic, ResumePoints resume, IReadOnlyList<KafkaPartition>? partitions = null)
    {
        var lost = 0L;
        foreach (var progress in resume.Positions.Where(progress => progress.Position.Topic == topic))
        {
            var end = Math.Max(progress.Position.NextOffset, progress.LogEnd ?? 0);
            var high = partitions?.FirstOrDefault(partition =>
                partition.Name.Topic == topic && partition.Name.Partition.Value == progress.Position.Partition)?.High;
            lost += Math.Max(0, end - (high ?? progress.Position.NextOffset));
        }

        Add(topic, LossReason.Truncated, lost);
        return new SourceResetException(
            $"the log of topic {topic} is not the one of the checkpoint: it was created again or truncated, is of another cluster, "
            + "or its id was not known yet");
    }
}
