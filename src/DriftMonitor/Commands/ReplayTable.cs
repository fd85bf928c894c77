using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A replay's readings and alert changes as a table for people.</summary>
internal sealed class ReplayTable
{
    private const int WidestSegment = 40; // in cells; names have up to 1024 bytes
    private const int TimeWidth = 20;
    private const int WindowWidth = 7;
    private const string Gap = "  ";

    private static readonly Figure Events = new("events", " ", 9, reading => $"{reading.Events}");
    private static readonly Figure Kl = new("KL nats", "  ", 9, reading => Digits(reading.Measurement!.KlNats, "0.00000"));
    private static readonly Figure Noise = new("noise", " ", 9, reading => Digits(reading.Measurement!.NoiseNats, "0.00000"));
    private static readonly Figure Excess = new("excess", " ", 9, reading => Digits(reading.Measurement!.ExcessNats, "0.00000"));
    private static readonly Figure Z = new("z", " ", 8, reading => Digits(reading.Measurement!.Z, "0.00"));
    private static readonly Figure OnceIn = new(
        "once in", "  ", 12, reading => reading.Measurement!.ShownReturnPeriodSeconds is { } period ? Phrases.ReturnPeriod(period) : "");

    // Columns that a narrow terminal does not show, in the order in which they are dropped. Noise is first: it is KL minus excess.
    private static readonly Figure[] Optional = [Noise, Excess, Events, OnceIn];

    private readonly TextWriter _out;
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly List<Figure> _figures;
    private readonly List<string> _dropped = [];
    private readonly int _nameWidth;
    private readonly int? _width;
    private readonly bool _hasNames = true;
    private readonly bool _hasSegments;
    private int _segmentWidth = "segment".Length;
    private bool _hasHeader;

    /// <summary>Creates a table.</summary>
    /// <param name="output">Where to write it.</param>
    /// <param name="bindings">The monitors.</param>
    /// <param name="width">The maximum length of a line in character cells; null for no limit.</param>
    public ReplayTable(TextWriter output, IReadOnlyList<MonitorBinding> bindings, int? width)
    {
        _out = output;
        _bindings = bindings;
        _width = width;
        _nameWidth = Math.Max("monitor".Length, bindings.Max(binding => binding.Monitor.Spec.Name.Length));
        _hasSegments = bindings.Any(binding => binding.Monitor.IsSegmented);
        var hasReturnPeriods = bindings.Any(binding =>
            binding.Monitor.Series.Any(series => series.Calibration is not null || series.IsCalibrating));
        _figures = [Events, Kl, Noise, Excess, Z, .. hasReturnPeriods ? [OnceIn] : Array.Empty<Figure>()];
        if (Total > width && bindings.Count == 1)
        {
            _hasNames = false;
            _dropped.Add("monitor");
        }

        foreach (var figure in Optional)
        {
            if (Total > width && _figures.Remove(figure))
            {
                _dropped.Add(figure.Heading);
            }
        }
    }

    private int Total =>
        TimeWidth + Gap.Length
        + (_hasNames ? _nameWidth + Gap.Length : 0)
        + (_hasSegments ? _segmentWidth + Gap.Length : 0)
        + WindowWidth
        + _figures.Sum(figure => figure.Gap.Length + figure.Width);

    /// <summary>Writes all reports of the same time.</summary>
    public void Write(IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
        // A new segment may have a longer name than the earlier ones. The column is then wider from that line on.
        var reported = together.SelectMany(monitor => monitor.Reports);
        _segmentWidth = Math.Max(_segmentWidth, reported.Max(report => Shorten(report.Segment).GetCellWidth()));
        if (!_hasHeader)
        {
            _hasHeader = true;
            var headings = string.Concat(_figures.Select(figure => figure.Gap + figure.Heading.PadLeft(figure.Width)));
            _out.WriteLine($"{Head("time", "monitor", "segment")}{"window",-WindowWidth}{headings}");
        }

        foreach (var (monitor, reports) in together)
        {
            for (var window = 0; window < monitor.Monitor.Spec.Windows.Count; window++)
            {
                foreach (var report in reports)
                {
                    WriteReading(monitor, report, report.Readings[window]);
                }
            }
        }

        foreach (var (monitor, reports) in together)
        {
            foreach (var report in reports)
            {
                if (report.Transition is { } transition)
                {
                    var change = $"{AlertStateNames.Of(transition.From)} → {AlertStateNames.Of(transition.To)}";
                    _out.WriteLine($"{Head(monitor, report)}alert: {change}");
                }
            }
        }
    }

    /// <summary>Writes the summary, below the table.</summary>
    /// <param name="totals">What was read.</param>
    /// <param name="episodes">When alerts fired.</param>
    public void WriteSummary(ReplayTotals totals, AlertEpisodes episodes)
    {
        new AlertSummary(_out, _bindings).Write(episodes);
        foreach (var line in totals.Describe(_bindings))
        {
            _out.WriteLine(line);
        }

        if (_hasHeader && _dropped.Count > 0)
        {
            _out.WriteLine($"({_width} columns have no room for {string.Join(", ", _dropped)}: use a wider terminal or --output json)");
        }
    }

    private void WriteReading(MonitorBinding monitor, SeriesReport report, Reading reading)
    {
        var figures = string.Concat(
            from figure in _figures
            where figure == Events || reading.Measurement is not null
            select figure.Gap + figure.Format(reading).PadLeft(figure.Width));
        var unavailable = reading.Measurement is null ? Gap + UnavailableNames.Of(reading.Unavailable) : "";
        unavailable += report.Until is { } until ? $" until {until}" : "";
        _out.WriteLine($"{Head(monitor, report)}{reading.Window.Label,-WindowWidth}{figures}{unavailable}");
    }

    private string Head(MonitorBinding monitor, SeriesReport report) =>
        Head(report.Time.ToString(), monitor.Monitor.Spec.Name, report.Segment);

    private string Head(string time, string monitor, string segment)
    {
        var shown = Shorten(segment);
        return time.PadRight(TimeWidth) + Gap
            + (_hasNames ? monitor.PadRight(_nameWidth) + Gap : "")
            + (_hasSegments ? shown + new string(' ', Math.Max(0, _segmentWidth - shown.GetCellWidth())) + Gap : "");
    }

    private string Shorten(string segment) => Screen.Plain(segment, Math.Min(WidestSegment, _width / 5 ?? WidestSegment));

    private static string Digits(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A column of figures.</summary>
    /// <param name="Heading">Its heading.</param>
    /// <param name="Gap">The blanks before it.</param>
    /// <param name="Width">Its width in cells.</param>
    /// <param name="Format">Formats the figure of a reading; the reading must have a measurement, except for the number of events.</param>
    private sealed record Figure(string Heading, string Gap, int Width, Func<Reading, string> Format);
}
