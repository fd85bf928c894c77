using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// What an alert was about when it began to fire. It stays the same object until the alert resolves, as it becomes labels of a metric: with
/// the bins of each reading, every pane would add a series.
/// </summary>
/// <param name="Window">The label of the window that decided.</param>
/// <param name="Moved">The bins that moved most, as in the log.</param>
internal sealed record FiringAlert(string Window, string Moved)
{
    /// <summary>The longest text of bins, in characters. Categories may have names of a kilobyte.</summary>
    public const int MostCharacters = 300;

    /// <summary>What is known of a series' alert after a closed pane; to be called before the next one closes.</summary>
    /// <param name="before">What was known before; null where it did not fire.</param>
    /// <param name="spec">The monitor.</param>
    /// <param name="series">The series.</param>
    /// <param name="report">The closed pane.</param>
    /// <returns>Null unless it fires and has had a reading since it began to, or since the process started.</returns>
    public static FiringAlert? After(FiringAlert? before, MonitorSpec spec, Series series, SeriesReport report)
    {
        if (report.Alert is not { State: AlertState.Firing })
        {
            return null;
        }

        var window = AlertText.DecidingWindow(spec, report.Readings);
        if ((before is not null && report.Transition is null) || report.Readings[window].Measurement is null)
        {
            return before;
        }

        var moved = OneLine.Sentence(AlertText.DescribeMoved(series.Histogram(window)));
        return new FiringAlert(report.Readings[window].Window.Label, Cut(moved));
    }

    private static string Cut(string text)
    {
        if (text.Length <= MostCharacters)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[MostCharacters - 2]) ? MostCharacters - 2 : MostCharacters - 1;
        return text[..length] + "…";
    }
}
