using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Live;

/// <summary>How far the references of a monitor have grown; with segments, those of all of them together.</summary>
/// <param name="Events">Events in the references as of their last refits.</param>
/// <param name="Start">The start of the earliest pane; null before one has closed.</param>
/// <param name="Refitted">The end of the latest pane in a reference as of its last refit; null in the warm-up.</param>
/// <param name="Panes">The panes that have closed, of the series with the most.</param>
/// <param name="NextRefit">The panes at which the next refit of that series is due.</param>
internal sealed record GrowthSnapshot(long Events, EventTime? Start, EventTime? Refitted, long Panes, long NextRefit)
{
    /// <summary>That of a monitor; null if its references do not grow.</summary>
    public static GrowthSnapshot? Of(FieldMonitor monitor)
    {
        if (monitor.Against is not GrowingReference)
        {
            return null;
        }

        GrowingReference[] references = [.. monitor.Series.Select(series => (GrowingReference)series.Against)];
        var longest = references.MaxBy(reference => reference.Panes);
        return new GrowthSnapshot(
            references.Sum(reference => reference.Whole?.Events ?? 0),
            references.Min(reference => reference.Start),
            references.Max(reference => reference.Refitted),
            longest?.Panes ?? 0,
            longest?.NextRefit ?? 0);
    }
}
