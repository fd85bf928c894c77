using System.Text.Encodings.Web;
using System.Text.Json;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// A replay's readings and alert changes as JSON lines, ordered by time, then by monitor and window as configured, then by segment.
/// The alert changes of a time follow its readings.
/// </summary>
internal sealed class ReplayLines : IDisposable
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Stream _out;
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly Utf8JsonWriter _json;

    /// <summary>Writes to a stream. The stream is not closed.</summary>
    public ReplayLines(Stream output, IReadOnlyList<MonitorBinding> bindings)
    {
        _out = output;
        _bindings = bindings;
        _json = new Utf8JsonWriter(output, Compact);
    }

    /// <summary>Writes the summary, the last line.</summary>
    /// <param name="totals">What was read.</param>
    public void WriteSummary(ReplayTotals totals)
    {
        var counted = _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.Counted > 0).ToList();
        _json.WriteStartObject();
        _json.WriteString("type", "summary");
        _json.WriteNumber("events", totals.Events);
        _json.WriteStartObject("rejected");
        foreach (var monitor in _bindings.Select(binding => binding.Monitor))
        {
            WriteCounts(monitor.Spec.Name, RejectionNames.Occurred(monitor.Rejected.With(monitor.RejectedOfReference)));
        }

        WriteCounts("", totals.Unreadable);
        _json.WriteEndObject();
        WriteOccurred("unknown_segment", monitor => monitor.UnknownSegment);
        WriteOccurred("dropped", monitor => monitor.Dropped);
        WriteOccurred("without_history", monitor => monitor.WithoutHistory);
        WriteOccurred("pairs", monitor => monitor.Join?.Joined ?? 0);
        WriteOccurred("unmatched", monitor => monitor.Join?.Unmatched ?? 0);
        WriteOccurred("cut_short", monitor => monitor.Join?.CutShort ?? 0);
        WriteOccurred("waiting", monitor => monitor.Join?.WaitingEvents ?? 0);
        if (counted.Count > 0)
        {
            _json.WriteString("from", counted.Min(monitor => monitor.From!.Value).ToString());
            _json.WriteString("to", counted.Max(monitor => monitor.To!.Value).ToString());
            _json.WriteNumber("largest_step_forward_s", counted.Max(monitor => monitor.LargestStepForward).TotalSeconds);
        }

        EndLine();
        _json.Flush();
    }

    /// <summary>Writes what distinguishes the segments, by monitor and window as configured, then by descending excess.</summary>
    public void WriteSegments(SegmentRecorder segments)
    {
        foreach (var monitor in _bindings.Select(binding => binding.Monitor).Where(monitor => monitor.IsSegmented))
        {
            foreach (var (place, window) in monitor.Spec.Windows.Index())
            {
                foreach (var profile in segments.Rank(monitor, place))
                {
                    _json.WriteStartObject();
                    _json.WriteString("type", "segment");
                    _json.WriteString("time", segments.TimeOf(monitor)?.ToString());
                    _json.WriteString("monitor", monitor.Spec.Name);
                    _json.WriteString("window", window.Label);
                    SegmentJson.Write(_json, profile);
                    EndLine();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    /// <summary>Writes all reports of the same time.</summary>
    public void Write(IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
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
                    WriteAlert(monitor, report, transition);
                }
            }
        }
    }

    private void WriteReading(MonitorBinding monitor, SeriesReport report, Reading reading)
    {
        Begin("reading", monitor, report);
        if (report.Until is { } until)
        {
            _json.WriteString("until", until.ToString());
        }

        _json.WriteString("window", reading.Window.Label);
        _json.WriteNumber("events", reading.Events);
        ReadingJson.WriteFigures(_json, reading);

        EndLine();
    }

    private void WriteAlert(MonitorBinding monitor, SeriesReport report, AlertTransition transition)
    {
        Begin("alert", monitor, report);
        _json.WriteString("from", AlertStateNames.Of(transition.From));
        _json.WriteString("to", AlertStateNames.Of(transition.To));
        EndLine();
    }

    private void Begin(string type, MonitorBinding monitor, SeriesReport report)
    {
        _json.WriteStartObject();
        _json.WriteString("type", type);
        _json.WriteString("time", report.Time.ToString());
        _json.WriteString("monitor", monitor.Monitor.Spec.Name);
        _json.WriteString("segment", report.Segment);
    }

    // The monitors that have such events, with the number of these events.
    private void WriteOccurred(string name, Func<FieldMonitor, long> events) => WriteCounts(
        name,
        from binding in _bindings
        let count = events(binding.Monitor)
        where count > 0
        select KeyValuePair.Create(binding.Monitor.Spec.Name, count));

    private void WriteCounts(string name, IEnumerable<KeyValuePair<string, long>> counts)
    {
        var occurred = counts.ToList();
        if (occurred.Count > 0)
        {
            _json.WriteStartObject(name);
            foreach (var (reason, count) in occurred)
            {
                _json.WriteNumber(reason, count);
            }

            _json.WriteEndObject();
        }
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _out.WriteByte((byte)'\n');
    }
}
