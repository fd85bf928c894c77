using DriftMonitor.Core.Monitoring;
using DriftMonitor.Live;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Terminal;

namespace DriftMonitor.Commands;

/// <summary>A replay's standard output: readings and alert changes in the format asked for, and a summary.</summary>
internal sealed class ReplayOutput : IDisposable
{
    private readonly ReplayFormat? _format;
    private readonly BufferedStream _out;
    private readonly StreamWriter _text;
    private readonly ReplayLines _lines;
    private readonly ReplayTable _table;
    private readonly ReplayCsv? _csv;
    private readonly IReadOnlyList<MonitorBinding> _bindings;

    /// <summary>Opens standard output.</summary>
    public ReplayOutput(ReplayRequest request, IReadOnlyList<MonitorBinding> bindings)
    {
        (_format, _bindings) = (request.Format, bindings);
        var isAllThatIsWanted = request.History.IsEmpty && request.Report is null && !request.FailsOnDrift;
        var stream = isAllThatIsWanted ? StandardStreams.EndingWithItsReader() : StandardStreams.OutlivingItsReader();
        _out = new BufferedStream(stream, 64 * 1024);
        _text = new StreamWriter(_out);
        _lines = new ReplayLines(_out, bindings);
        _table = new ReplayTable(_text, bindings, Screen.KnownWidth);
        _csv = _format == ReplayFormat.Csv ? new ReplayCsv(_text, bindings) : null;
    }

    /// <summary>Writes all reports of the same time.</summary>
    public void Write(IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
        switch (_format)
        {
            case ReplayFormat.Text:
                _table.Write(together);
                break;
            case ReplayFormat.Json:
                _lines.Write(together);
                break;
            case ReplayFormat.Csv:
                _csv!.Write(together);
                break;
        }
    }

    /// <summary>Writes what distinguishes the segments, in place of readings.</summary>
    public void WriteSegments(SegmentRecorder segments)
    {
        if (_format == ReplayFormat.Json)
        {
            _lines.WriteSegments(segments);
        }
        else
        {
            new SegmentTable(new Screen(_text, Screen.KnownWidth ?? Screen.DefaultWidth, Screen.IsColoured), segments).Write(_bindings);
        }
    }

    /// <summary>Whether standard output shows charts of the readings, in its summary.</summary>
    public static bool HasCharts(ReplayRequest request) =>
        !request.ListsSegments && Screen.IsTerminal && request.Format is null or ReplayFormat.Text;

    /// <summary>Writes the summary; CSV has none.</summary>
    /// <param name="totals">What was read.</param>
    /// <param name="episodes">When alerts fired.</param>
    /// <param name="curves">The readings, for charts; null for none.</param>
    public void WriteSummary(ReplayTotals totals, AlertEpisodes episodes, CurveRecorder? curves)
    {
        switch (_format)
        {
            case ReplayFormat.Json:
                _lines.WriteSummary(totals);
                break;
            case null or ReplayFormat.Text:
                if (curves is not null)
                {
                    new TerminalCharts(new Screen(_text, Screen.KnownWidth ?? Screen.DefaultWidth, Screen.IsColoured), _bindings)
                        .Write(curves, episodes);
                }

                _table.WriteSummary(totals, episodes);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Dispose();
        _text.Dispose();
        _out.Dispose();
    }
}
