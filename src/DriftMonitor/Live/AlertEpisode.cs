using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>A stretch of panes in which an alert fired.</summary>
/// <param name="Monitor">The monitor's name.</param>
/// <param name="Segment">The segment; empty without segments.</param>
/// <param name="From">When it fired: a pane's end.</param>
internal sealed record AlertEpisode(string Monitor, string Segment, EventTime From)
{
    /// <summary>When it was resolved; null if it still fires at the end of the range.</summary>
    public EventTime? To { get; set; }

    /// <summary>The largest divergence of the window that decides, in nats; null if there was no reading.</summary>
    public double? PeakNats { get; set; }

    /// <summary>When that was.</summary>
    public EventTime PeakTime { get; set; }

    /// <summary>The label of its window.</summary>
    public string PeakWindow { get; set; } = "";

    /// <summary>The longest return period of the windows that decide, in seconds, capped; null where there is none.</summary>
    public double? ReturnPeriodSeconds { get; set; }

    /// <summary>The bins that had moved most at the peak: <c>missing 4.8 % → 69.5 %</c>.</summary>
    public IReadOnlyList<string> Moved { get; set; } = [];

    /// <summary>A sentence on it.</summary>
    public string Describe()
    {
        var until = To is { } to ? $"to {to}" : "and still firing at the end";
        if (PeakNats is not { } peak)
        {
            return $"from {From} {until}";
        }

        var rarity = ReturnPeriodSeconds switch
        {
            null => "",
            >= Measurement.MostReturnPeriodSeconds => ", at most once in 1000 years",
            { } seconds => $", once in {Phrases.Duration(seconds)}",
        };
        return $"from {From} {until}: peak KL {Figures.Nats(peak)} nats over {PeakWindow} at {PeakTime}{rarity}; "
            + $"moved most: {string.Join(", ", Moved)}";
    }
}
