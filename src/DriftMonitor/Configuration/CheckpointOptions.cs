using System.ComponentModel;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Checkpoint</c>.</summary>
internal sealed class CheckpointOptions
{
    [Description(
        "Folder for checkpoints, which `driftmonitor run` makes if it is missing: a restart goes on from there, and loses and repeats "
        + "nothing. A relative path starts at the folder of the configuration file. Each process needs a folder of its own. Without this "
        + "key there are no checkpoints: a restart reads as much of the topics as Kafka:Start says. Example: state.")]
    public string? Directory { get; set; }

    [Description(
        "How often a checkpoint is taken while events come; a killed process reads again what came since the last one. Example: 10s.")]
    public Duration Every { get; set; } = new(TimeSpan.FromSeconds(10));
}
