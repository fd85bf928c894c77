using DriftMonitor.Core.Calibration;
using DriftMonitor.Wording;

namespace DriftMonitor.Proposals;

/// <summary>The windows and the pane that fit a rate of events, and whether there is enough history for a reference.</summary>
/// <param name="Short">The short window, for jumps.</param>
/// <param name="Long">The long window, for what is small or slow.</param>
/// <param name="Pane">The pane.</param>
/// <param name="HasHistory">Whether the events cover enough long windows for a reference whose fluctuations can be measured.</param>
internal sealed record WindowChoice(Duration Short, Duration Long, Duration Pane, bool HasHistory)
{
    /// <summary>The events that a short window should hold on average: twice the default of <c>MinimumEvents</c>.</summary>
    public const int EventsInShort = 200;

    // A long window of at most a day is made longer where the history has so many of it: a day contains all hours alike.
    private const int ManyWindows = 7;

    // Each short window with its pane and its least long window.
    private static readonly (Duration Short, Duration Pane, Duration Long)[] Steps =
    [
        (Of("1m"), Of("10s"), Of("10m")),
        (Of("5m"), Of("1m"), Of("1h")),
        (Of("15m"), Of("1m"), Of("1h")),
        (Of("1h"), Of("10m"), Of("6h")),
        (Of("6h"), Of("1h"), Of("24h")),
        (Of("24h"), Of("6h"), Of("7d")),
        (Of("7d"), Of("1d"), Of("28d")),
    ];

    private static readonly Duration[] LongWindows = [Of("1h"), Of("6h"), Of("24h")];

    private const int Fastest = 1; // the first step that is chosen, unless the history is too short for it

    /// <summary>What a reference without history learns over.</summary>
    public Duration LearnOver => new(Long.Span * Calibrator.FewestDisjointWindows);

    /// <summary>Chooses windows.</summary>
    /// <param name="events">The number of events.</param>
    /// <param name="span">The time that they cover.</param>
    /// <param name="resolution">How fine the event times are: no pane is shorter.</param>
    public static WindowChoice For(long events, TimeSpan span, TimeSpan resolution)
    {
        var seconds = Math.Max(span.TotalSeconds, 1);
        var step = Array.FindIndex(Steps, Fastest, step =>
            events * step.Short.Span.TotalSeconds / seconds >= EventsInShort && step.Pane.Span >= resolution);
        step = step < 0 ? Steps.Length - 1 : step;

        // A topic of an hour with many events has windows of a minute.
        if (step == Fastest && !Covers(span, Steps[step].Long)
            && events * Steps[0].Short.Span.TotalSeconds / seconds >= EventsInShort && resolution <= Steps[0].Pane.Span)
        {
            step = 0;
        }

        var (shortest, pane, longest) = Steps[step];
        foreach (var longer in LongWindows.Where(longer => longer.Span > longest.Span))
        {
            longest = span >= longer.Span * ManyWindows && Covers(span, longer) ? longer : longest;
        }

        return new WindowChoice(shortest, longest, pane, Covers(span, longest));
    }

    private static bool Covers(TimeSpan span, Duration window) => span >= window.Span * Calibrator.FewestDisjointWindows;

    private static Duration Of(string text) =>
        Duration.TryParse(text, out var duration) ? duration : throw new FormatException(text);
}
