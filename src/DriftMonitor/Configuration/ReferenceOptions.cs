using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The keys of a monitor's <c>Reference</c>. Which of them apply depends on <see cref="Kind"/>.</summary>
internal sealed class ReferenceOptions
{
    [Description(
        "What the windows are compared with: file (a reference file), hour_of_week (the same hours of the week in a reference file), "
        + "inline (given probabilities), parametric (a family of distributions), first (the first events of the monitor), "
        + "so_far (everything so far, growing with the stream), previous_window, field (another field of the same events), "
        + "topic (another topic), or rest (for each segment, all other segments; with SegmentBy).")]
    public ReferenceKind Kind { get; set; }

    [Description(
        "Path of a reference file made by `driftmonitor reference build`; a relative path starts at the folder of the configuration file. "
        + "For first and so_far: file that the learned reference is written to, and read from after a restart. "
        + "For previous_window, field, topic and rest: only the bins of the file are used.")]
    public string? File { get; set; }

    [Description(
        "Increasing edges of the bins, for kinds without a reference file; so_far finds bins itself if none are given. "
        + "Example: [0, 15, 60].")]
    public List<double>? Edges { get; set; }

    [Description(
        "With Edges: whether numbers in JSON strings, such as \"48213\", are read as numbers; otherwise they count as wrong_type. "
        + "A reference file says so itself.")]
    public bool TextNumbers { get; set; }

    [Description("Categories, for kinds without a reference file; every other value counts as unseen. Example: [\"AA\", \"UA\"].")]
    public List<string>? Categories { get; set; }

    [Description("For inline: probability of each bin, with the sum 1. Example: [0.25, 0.75].")]
    [Range(0, 1)]
    public List<double>? Probabilities { get; set; }

    [Description(
        "For parametric: uniform, binomial, poisson, geometric, normal, log-normal, exponential or gamma. "
        + "`driftmonitor reference fit` finds the family that fits best.")]
    public string? Family { get; set; }

    [Description(
        "For parametric: parameters of the family by name. For geometric, first 1 counts trials, from 1; without it, failures are counted, "
        + "from 0. Example: { \"mean\": 5, \"standard_deviation\": 2.5 }.")]
    public Dictionary<string, string>? Parameters { get; set; }

    [Description(
        "For so_far: length of the warm-up, a whole number of panes of event time; until it ends there are no readings. Example: 7d.")]
    public Duration? LearnOver { get; set; }

    [Description(
        "For so_far: periods that the reference leaves out, each FROM..TO in ISO 8601. "
        + "Example: [\"2013-02-08T00:00:00Z..2013-02-10T00:00:00Z\"].")]
    public List<string>? Exclude { get; set; }

    [Description("For first: length of event time to learn from, a whole number of panes. Example: 7d.")]
    public Duration? Over { get; set; }

    [Description(
        "For first, instead of Over: number of events to learn from; learning ends with the pane that reaches it. Example: 100000.")]
    [Range(1, double.PositiveInfinity)]
    public long? Events { get; set; }

    [Description(
        "For field: the other field, whose windows are the reference. "
        + "For topic: name of the field in that topic, if it differs from the monitor's Field.")]
    [MaxLength(MonitorOptions.LongestLabel)]
    public string? Field { get; set; }

    [Description("For topic: the other topic, whose windows are the reference.")]
    public string? Topic { get; set; }

    [Description(
        "For previous_window, field, topic and rest: length of event time over which the monitor learns how its readings vary without "
        + "drift; until then, FalseAlarmEvery raises no alert. Default: 14d, or 100000 panes if that is less.")]
    public Duration? CalibrateOver { get; set; }
}
