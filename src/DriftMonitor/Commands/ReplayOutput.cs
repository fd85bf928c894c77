using DriftMonitor.Core.Monitoring;
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

    /// <summary>Opens standard output.</summary>
    public ReplayOutput(ReplayRequest request, IReadOnlyList<MonitorBinding> bindings)
    {
        _format = request.Format;
        var isAllThatIsWanted = request.History.IsEmpty && !request.FailsOnDrift;
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

    /// <summary>Writes the summary; CSV has none.</summary>
    /// <param name="events">The number of events read.</param>
    /// <param name="unreadable">The number of events that no monitor could read, by reason.</param>
    /// <param name="episodes">When alerts fired.</param>
    public void WriteSummary(long events, IEnumerable<KeyValuePair<string, long>> unreadable, AlertEpisodes episodes)
    {
        switch (_format)
        {
            case ReplayFormat.Json:
                _lines.WriteSummary(events, unreadable);
                break;
            case null or ReplayFormat.Text:
                _table.WriteSummary(events, unreadable, episodes);
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
