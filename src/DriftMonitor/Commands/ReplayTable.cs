using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A replay's readings and alert changes as a table for people.</summary>
internal sealed class ReplayTable
{
    private const int WidestSegment = 40; // of up to 1024 bytes
    private const int TimeWidth = 20;
    private const int WindowWidth = 7;
    private const string Between = "  ";

    private static readonly Figure Events = new("events", " ", 9, reading => string.Create(CultureInfo.InvariantCulture, $"{reading.Events}"));
    private static readonly Figure Kl = new("KL nats", "  ", 9, reading => Digits(reading.Measurement!.KlNats, "0.00000"));
    private static readonly Figure Noise = new("noise", " ", 9, reading => Digits(reading.Measurement!.NoiseNats, "0.00000"));
    private static readonly Figure Excess = new("excess", " ", 9, reading => Digits(reading.Measurement!.ExcessNats, "0.00000"));
    private static readonly Figure Z = new("z", " ", 8, reading => Digits(reading.Measurement!.Z, "0.00"));
    private static readonly Figure OnceIn = new("once in", "  ", 12, reading => reading.Measurement!.ShownReturnPeriodSeconds is { } period ? Phrases.ReturnPeriod(period) : "");

    // What a narrow terminal goes without, the first first: the noise is the rest of KL and excess.
    private static readonly Figure[] Dispensable = [Noise, Excess, Events, OnceIn];

    private readonly TextWriter _out;
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly List<Figure> _figures;
    private readonly List<string> _leftOut = [];
    private readonly int _nameWidth;
    private readonly int? _width;
    private readonly bool _hasNames = true;
    private readonly bool _hasSegments;
    private int _segmentWidth = "segment".Length;
    private bool _hasHeader;

    /// <summary>A table to a writer.</summary>
    /// <param name="output">The writer.</param>
    /// <param name="bindings">The monitors.</param>
    /// <param name="width">The most cells of a line; null where it does not matter.</param>
    public ReplayTable(TextWriter output, IReadOnlyList<MonitorBinding> bindings, int? width)
    {
        _out = output;
        _bindings = bindings;
        _width = width;
        _nameWidth = Math.Max("monitor".Length, bindings.Max(binding => binding.Monitor.Spec.Name.Length));
        _hasSegments = bindings.Any(binding => binding.Monitor.IsSegmented);
        var hasReturnPeriods = bindings.Any(binding => binding.Monitor.Moving is not null || binding.Monitor.Series.Any(series => series.Calibration is not null));
        _figures = [Events, Kl, Noise, Excess, Z, .. hasReturnPeriods ? [OnceIn] : Array.Empty<Figure>()];
        if (Total > width && bindings.Count == 1)
        {
            _hasNames = false;
            _leftOut.Add("monitor");
        }

        foreach (var figure in Dispensable)
        {
            if (Total > width && _figures.Remove(figure))
            {
                _leftOut.Add(figure.Heading);
            }
        }
    }

    private int Total => TimeWidth + Between.Length + (_hasNames ? _nameWidth + Between.Length : 0) + (_hasSegments ? _segmentWidth + Between.Length : 0) + WindowWidth + _figures.Sum(figure => figure.Gap.Length + figure.Width);

    /// <summary>Writes the reports of one time.</summary>
    public void Write(IReadOnlyList<(int Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
        // A new segment may be longer than those before it: from then on, the column is wider.
        _segmentWidth = Math.Max(_segmentWidth, together.SelectMany(monitor => monitor.Reports).Max(report => Shown(report.Segment).GetCellWidth()));
        if (!_hasHeader)
        {
            _hasHeader = true;
            _out.WriteLine($"{Head("time", "monitor", "segment")}{"window",-WindowWidth}{string.Concat(_figures.Select(figure => figure.Gap + figure.Heading.PadLeft(figure.Width)))}");
        }

        foreach (var (monitor, reports) in together)
        {
            for (var window = 0; window < _bindings[monitor].Monitor.Spec.Windows.Count; window++)
            {
                foreach (var report in reports)
                {
                    var reading = report.Readings[window];
                    var figures = _figures.Where(figure => figure == Events || reading.Measurement is not null).Select(figure => figure.Gap + figure.Of(reading).PadLeft(figure.Width));
                    _out.WriteLine($"{Head(monitor, report)}{reading.Window.Label,-WindowWidth}{string.Concat(figures)}{(reading.Measurement is null ? Between + UnavailableNames.Of(reading.Unavailable) : "")}");
                }
            }
        }

        foreach (var (monitor, reports) in together)
        {
            foreach (var report in reports)
            {
                if (report.Transition is { } transition)
                {
                    _out.WriteLine($"{Head(monitor, report)}alert: {AlertStateNames.Of(transition.From)} → {AlertStateNames.Of(transition.To)}");
                }
            }
        }
    }

    /// <summary>Writes the summary.</summary>
    public void WriteSummary(long events, IEnumerable<KeyValuePair<string, long>> unreadable)
    {
        var rejected = _bindings.SelectMany(binding => binding.Monitor.Rejected.With(binding.Monitor.RejectedOfReference).Occurred.Select(reason => $"{binding.Monitor.Spec.Name}: {reason.Value} {reason.Key}"))
            .Concat(unreadable.Select(reason => $"{reason.Value} {reason.Key}")).ToList();
        _out.WriteLine($"{Phrases.Count(events, "event")} read; rejected: {(rejected.Count == 0 ? "none" : string.Join(", ", rejected))}");
        foreach (var monitor in _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.UnknownSegment + monitor.Dropped > 0))
        {
            _out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{monitor.Spec.Name}: {Phrases.Count(monitor.UnknownSegment, "event")} in segments that the reference does not know, {monitor.Dropped} in segments beyond the first {monitor.Spec.MostSegments}"));
        }

        foreach (var monitor in _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.LargestStepForward > monitor.Spec.Windows[monitor.Spec.LongestWindow].Length))
        {
            _out.WriteLine($"{monitor.Spec.Name}: an event was {Phrases.Duration(monitor.LargestStepForward.TotalSeconds)} ahead of all before it: a pause, or a mistaken date, and the windows between are empty");
        }

        if (_leftOut.Count > 0)
        {
            _out.WriteLine($"({_width} cells leave no room for {string.Join(", ", _leftOut)}: a wider terminal or --output json has them)");
        }
    }

    private string Head(int monitor, SeriesReport report) => Head(report.Time.ToString(), _bindings[monitor].Monitor.Spec.Name, report.Segment);

    private string Head(string time, string monitor, string segment)
    {
        var shown = Shown(segment);
        return time.PadRight(TimeWidth) + Between
            + (_hasNames ? monitor.PadRight(_nameWidth) + Between : "")
            + (_hasSegments ? shown + new string(' ', Math.Max(0, _segmentWidth - shown.GetCellWidth())) + Between : "");
    }

    private string Shown(string segment) => Screen.Plain(segment, Math.Min(WidestSegment, _width / 5 ?? WidestSegment));

    private static string Digits(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A column of figures.</summary>
    /// <param name="Heading">Its heading.</param>
    /// <param name="Gap">What stands before it.</param>
    /// <param name="Width">Its width.</param>
    /// <param name="Of">A reading's figure; all but the events are there only where it has a measurement.</param>
    private sealed record Figure(string Heading, string Gap, int Width, Func<Reading, string> Of);
}
