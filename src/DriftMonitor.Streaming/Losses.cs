using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>What was rejected of a topic, or of files: by a monitor, or because it could not be read.</summary>
/// <param name="Topic">The topic's name in the configuration; files stand in for it.</param>
/// <param name="Monitor">The monitor that rejected the events; null where they could not be read.</param>
/// <param name="IsReference">Whether the monitor compares its windows with the topic.</param>
/// <param name="Events">Events read of the topic, including rejected ones.</param>
/// <param name="Rejected">How many were rejected, by reason.</param>
/// <param name="First">The first of each reason, of the first partition that has one.</param>
public sealed record Losses(
    string Topic, MonitorBinding? Monitor, bool IsReference, long Events, RejectionCounts Rejected, FirstRejections First);
