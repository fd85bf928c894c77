using System.Globalization;
using System.Text;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// One line on standard error that is rewritten while a verb reads, and removed at the end: events and rate; where the source's size is
/// known, also percent, time left and, where there is room, a bar.
/// </summary>
/// <remarks>Only on a terminal: in a log or a pipe, nothing is written.</remarks>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    // The clock is read once per so many events: one reading costs as much as decoding half an event.
    private const int EventsBetween = 256;

    private const string Clear = "\r\e[K";
    private const string Between = "  ";

    // In cells. The text for a hundred million events takes 50.
    private const int RoomForText = 51;
    private const int LeastBar = 8;
    private const int MostBar = 20;

    private readonly TextWriter? _terminal;
    private readonly Func<int> _width;
    private readonly TimeProvider _time;
    private long? _began;
    private long _shown;
    private long _due;
    private bool _isThere;

    /// <summary>A line on a terminal.</summary>
    /// <param name="terminal">The terminal; null for none.</param>
    /// <param name="width">Its width in characters.</param>
    /// <param name="time">The clock for rates.</param>
    public ProgressLine(TextWriter? terminal, Func<int> width, TimeProvider time)
    {
        (_terminal, _width, _time) = (terminal, width, time);
        _shown = time.GetTimestamp();
    }

    /// <summary>None: something else is written to the terminal.</summary>
    public static ProgressLine None => new(terminal: null, () => 0, TimeProvider.System);

    /// <summary>On standard error, if that is a terminal which can rewrite a line.</summary>
    public static ProgressLine OnStandardError()
    {
        var isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        if (isTerminal)
        {
            Console.OutputEncoding = Encoding.UTF8; // of standard error too
        }

        return new ProgressLine(isTerminal ? Console.Error : null, Width, TimeProvider.System);
    }

    /// <summary>
    /// Shows how far reading is, at most five times a second. Rates count from the first event on, without the time to find a broker.
    /// </summary>
    /// <param name="events">Events read so far.</param>
    /// <param name="share">The share of the source that has been read, from 0 to 1; null where its size is not known.</param>
    public void Read(long events, Func<double?> share)
    {
        if (_terminal is null || events < _due)
        {
            return;
        }

        if (events > 0)
        {
            _began ??= _time.GetTimestamp();
        }

        if (_time.GetElapsedTime(_shown) < Every)
        {
            return;
        }

        if (_began is not { } began)
        {
            Show("waiting for the first event");
            return;
        }

        _due = events + EventsBetween;
        Show(Line(events, _time.GetElapsedTime(began), share(), Most));
    }

    /// <summary>Shows what the verb does instead of reading.</summary>
    public void Show(string text)
    {
        if (_terminal is not null)
        {
            _shown = _time.GetTimestamp();
            _isThere = true;
            var most = Most;
            _terminal.Write(Clear + (text.Length <= most ? text : text[..most]));
            _terminal.Flush();
        }
    }

    /// <summary>
    /// The line: <c>▕██▎     ▏  1 234 567 events  98 000/s  45 %  12 s left</c>. The bar's length depends on the width only, so
    /// that it does not jump; parts without room are left out whole, as half a number would be another number.
    /// </summary>
    /// <param name="events">Events read so far.</param>
    /// <param name="elapsed">The time since the first of them.</param>
    /// <param name="share">From 0 to 1; null where the size is not known.</param>
    /// <param name="most">The most cells that the line may have.</param>
    public static string Line(long events, TimeSpan elapsed, double? share, int most)
    {
        var rate = elapsed > TimeSpan.Zero ? events / elapsed.TotalSeconds : 0;
        var rounded = rate < 1000 ? Math.Round(rate) : Math.Round(rate / 1000) * 1000;
        List<string> parts = [$"{Grouped(events)} {Phrases.Noun(events, "event")}", $"{Grouped(rounded)}/s"];
        if (share is { } known)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * known):0} %"));
            if (known > 0)
            {
                parts.Add($"{Left(elapsed * ((1 - known) / known))} left");
            }

            if (Math.Min(MostBar, most - RoomForText) is var cells and >= LeastBar)
            {
                parts.Insert(0, $"▕{Bar.Of(known, cells).PadRight(cells)}▏");
            }
        }

        while (parts.Count > 1 && parts.Sum(part => part.Length + Between.Length) - Between.Length > most)
        {
            parts.RemoveAt(parts.Count - 1);
        }

        return string.Join(Between, parts);
    }

    /// <summary>Removes the line, so that something else can be written.</summary>
    public void Remove()
    {
        if (_terminal is not null && _isThere)
        {
            _terminal.Write(Clear);
            _terminal.Flush();
            _isThere = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Remove();

    private int Most => Math.Max(1, _width() - 1); // the last column would wrap

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
            return 80; // the terminal does not report its width
        }
    }
}
