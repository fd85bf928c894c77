using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Hosting;
using DriftMonitor.Streaming;
using DriftMonitor.Telemetry;
using DriftMonitor.Terminal;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A replay's readings and alert changes as a table for people.</summary>
internal sealed class ReplayTable
{
    private const int WidestSegment = 40; // of up to 1024 bytes

    private readonly TextWriter _out;
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly int _nameWidth;
    private readonly bool _hasSegments;
    private readonly bool _hasReturnPeriods;
    private int _segmentWidth = "segment".Length;
    private bool _hasHeader;

    /// <summary>A table to a writer.</summary>
    public ReplayTable(TextWriter output, IReadOnlyList<MonitorBinding> bindings)
    {
        _out = output;
        _bindings = bindings;
        _nameWidth = Math.Max("monitor".Length, bindings.Max(binding => binding.Monitor.Spec.Name.Length));
        _hasSegments = bindings.Any(binding => binding.Monitor.IsSegmented);
        _hasReturnPeriods = bindings.Any(binding => binding.Monitor.Moving is not null || binding.Monitor.Series.Any(series => series.Calibration is not null));
    }

    /// <summary>Writes the reports of one time.</summary>
    public void Write(IReadOnlyList<(int Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
        // A new segment may be longer than those before it: from then on, the column is wider.
        _segmentWidth = Math.Max(_segmentWidth, together.SelectMany(monitor => monitor.Reports).Max(report => Shown(report.Segment).GetCellWidth()));
        if (!_hasHeader)
        {
            _hasHeader = true;
            _out.WriteLine($"{"time",-20}  {"monitor".PadRight(_nameWidth)}  {Segment("segment")}{"window",-7} {"events",9}  {"KL nats",9} {"noise",9} {"excess",9} {"z",8}{(_hasReturnPeriods ? $"  {"once in",12}" : "")}");
        }

        foreach (var (monitor, reports) in together)
        {
            for (var window = 0; window < _bindings[monitor].Monitor.Spec.Windows.Count; window++)
            {
                foreach (var report in reports)
                {
                    var reading = report.Readings[window];
                    var numbers = reading.Measurement is { } measurement
                        ? string.Create(CultureInfo.InvariantCulture, $"{measurement.KlNats,9:0.00000} {measurement.NoiseNats,9:0.00000} {measurement.ExcessNats,9:0.00000} {measurement.Z,8:0.00}{(measurement.ShownReturnPeriodSeconds is { } period ? $"  {AlertText.Period(period),12}" : "")}")
                        : UnavailableNames.Of(reading.Unavailable);
                    _out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Head(monitor, report)}{reading.Window.Label,-7} {reading.Events,9}  {numbers}"));
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
        _out.WriteLine($"{events} events read; rejected: {(rejected.Count == 0 ? "none" : string.Join(", ", rejected))}");
        foreach (var monitor in _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.UnknownSegment + monitor.Dropped > 0))
        {
            _out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{monitor.Spec.Name}: {monitor.UnknownSegment} events in segments that the reference does not know, {monitor.Dropped} in segments beyond the first {monitor.Spec.MostSegments}"));
        }

        foreach (var monitor in _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.LargestStepForward > monitor.Spec.Windows[monitor.Spec.LongestWindow].Length))
        {
            _out.WriteLine($"{monitor.Spec.Name}: an event was {AlertText.Period(monitor.LargestStepForward.TotalSeconds)} ahead of all before it: a pause, or a mistaken date, and the windows between are empty");
        }
    }

    private string Head(int monitor, SeriesReport report) =>
        $"{report.Time,-20}  {_bindings[monitor].Monitor.Spec.Name.PadRight(_nameWidth)}  {Segment(report.Segment)}";

    private string Segment(string segment)
    {
        var shown = Shown(segment);
        return _hasSegments ? $"{shown}{new string(' ', Math.Max(0, _segmentWidth - shown.GetCellWidth()))}  " : "";
    }

    private static string Shown(string segment) => Screen.Plain(segment, WidestSegment);
}
