using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Monitoring;

/// <summary>One named question, validated: how a field's events are windowed, and what fires its alert.</summary>
public sealed record MonitorSpec
{
    /// <summary>The monitor's name, unique in a process.</summary>
    public required string Name { get; init; }

    /// <summary>The time step.</summary>
    public required PaneGrid Pane { get; init; }

    /// <summary>The windows as configured, each a whole number of panes.</summary>
    public required IReadOnlyList<WindowSpec> Windows { get; init; }

    /// <summary>How far an event may lie behind its partition's newest and still count.</summary>
    public TimeSpan AllowedLateness { get; init; }

    /// <summary>How far an event may lie ahead of its record's own time.</summary>
    public TimeSpan MaxAhead { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A window with fewer events gives no divergence; nor does one that is compared with fewer, where the reference moves.</summary>
    public long MinimumEvents { get; init; } = 100;

    /// <summary>With segments: how many get a series; those that the reference knows always do.</summary>
    public int MostSegments { get; init; } = 100;

    /// <summary>The measures that are taken beside D(current ‖ reference) and its reverse.</summary>
    public IReadOnlyList<Measure> Measures { get; init; } = [];

    /// <summary>What fires the alert; null for none.</summary>
    public AlertRule? Rule { get; init; }

    /// <summary>How the alert waits.</summary>
    public AlertTiming Timing { get; init; } = new(TimeSpan.Zero);

    /// <summary>The windows' lengths in panes.</summary>
    public IReadOnlyList<int> WindowPanes => [.. Windows.Select(window => checked((int)(window.Length.Ticks / Pane.Length.Ticks)))];

    /// <summary>The longest window's index.</summary>
    public int LongestWindow => Windows.Index().MaxBy(window => window.Item.Length).Index;
}
