using System.Globalization;

namespace DriftMonitor.Commands;

/// <summary>One line on standard error that rewrites itself while a verb reads, and is gone when it has: events, rate, and, where the source's size is known, percent and time left.</summary>
/// <remarks>Only on a terminal: in a log or a pipeline it would be a line each time, and there is nothing of it at all.</remarks>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    // The clock is asked once in so many events: asking costs as much as decoding half of one.
    private const int EventsBetween = 256;

    private const string Clear = "\r\e[K";

    private readonly TextWriter? _terminal;
    private readonly Func<int> _width;
    private readonly TimeProvider _time;
    private readonly long _began;
    private long _shown;
    private long _due;

    /// <summary>A line on a terminal.</summary>
    /// <param name="terminal">The terminal; null for none.</param>
    /// <param name="width">Its width in characters.</param>
    /// <param name="time">The clock of rates.</param>
    public ProgressLine(TextWriter? terminal, Func<int> width, TimeProvider time)
    {
        (_terminal, _width, _time) = (terminal, width, time);
        _began = _shown = time.GetTimestamp();
    }

    /// <summary>On standard error, where that is a terminal which can rewrite a line.</summary>
    public static ProgressLine OnStandardError()
    {
        var isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new ProgressLine(isTerminal ? Console.Error : null, Width, TimeProvider.System);
    }

    /// <summary>Tells how far reading is, five times a second at most.</summary>
    /// <param name="events">Events read so far.</param>
    /// <param name="share">How much of the source that is, from 0 to 1; null where its size is not known.</param>
    public void Read(long events, Func<double?> share)
    {
        if (_terminal is null || events < _due || _time.GetElapsedTime(_shown) < Every)
        {
            return;
        }

        _due = events + EventsBetween;
        Show(Text(events, _time.GetElapsedTime(_began), share()));
    }

    /// <summary>Tells what goes on in place of reading.</summary>
    public void Show(string text)
    {
        if (_terminal is not null)
        {
            _shown = _time.GetTimestamp();
            var most = Math.Max(1, _width() - 1); // the last column would wrap
            _terminal.Write(Clear + (text.Length <= most ? text : text[..most]));
            _terminal.Flush();
        }
    }

    /// <summary>The line's text: <c>1 234 567 events  98 000/s  45 %  12 s left</c>.</summary>
    public static string Text(long events, TimeSpan elapsed, double? share)
    {
        var rate = elapsed > TimeSpan.Zero ? events / elapsed.TotalSeconds : 0;
        var text = $"{Grouped(events)} events  {Grouped(rate < 1000 ? Math.Round(rate) : Math.Round(rate / 1000) * 1000)}/s";
        if (share is not { } known)
        {
            return text;
        }

        text += string.Create(CultureInfo.InvariantCulture, $"  {Math.Floor(100 * known):0} %");
        return known > 0 ? $"{text}  {Left(elapsed * ((1 - known) / known))} left" : text;
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_terminal is not null && _shown != _began)
        {
            _terminal.Write(Clear);
            _terminal.Flush();
        }
    }

    private static string Left(TimeSpan time) => time switch
    {
        { TotalSeconds: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s"),
        { TotalMinutes: < 100 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes):0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalHours):0} h"),
    };

    private static string Grouped(double number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    private static int Width()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : 80;
        }
        catch (IOException)
        {
            return 80; // a terminal that does not tell
        }
    }
}
