using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.History;

/// <summary>The outputs of a replay that hold history: files of days, blocks made from them, and a database.</summary>
internal sealed class HistoryOutputs : IDisposable
{
    private readonly DayFolder? _days;
    private readonly BlockFolder? _blocks;
    private readonly RemoteWriter? _remote;
    private readonly SampleSpool _spool;
    private readonly HistoryRecorder _recorder;
    private readonly HistoryRequest _request;

    /// <summary>Opens the outputs.</summary>
    /// <param name="request">Which; at least one.</param>
    /// <param name="bindings">The monitors.</param>
    /// <param name="binContributions">Whether the contributions of bins are exported.</param>
    /// <param name="range">The pane ends that are written.</param>
    /// <param name="remark">Receives lines for people while history is written.</param>
    /// <param name="stopping">Interrupts writing.</param>
    /// <exception cref="Samples.UsageException">A folder is not empty.</exception>
    /// <exception cref="HistoryException">A folder cannot be written, or a tool is missing.</exception>
    public HistoryOutputs(
        HistoryRequest request, IReadOnlyList<MonitorBinding> bindings, bool binContributions, Period range, Action<string> remark,
        CancellationToken stopping)
    {
        _request = request;
        var catalogue = new HistoryCatalogue([.. bindings.Select(binding => binding.Monitor.Spec)], binContributions, request.Labels);
        _remote = request.RemoteWrite is { } url
            ? new RemoteWriter(url, request.RemoteWriteAuthorization, TimeProvider.System, remark)
            : null;
        _blocks = request.Blocks is { } blocks ? BlockFolder.Open(blocks) : null;
        try
        {
            _days = (request.Folder ?? _blocks?.DaysFolder) is { } folder ? DayFolder.Open(folder, request.IsContinued) : null;
        }
        catch
        {
            _blocks?.Dispose();
            throw;
        }

        IHistoryTarget?[] targets = [_days, _remote];
        _spool = new SampleSpool(_days?.SpoolFile ?? Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        _recorder = new HistoryRecorder(bindings, catalogue, range, [.. targets.OfType<IHistoryTarget>()], _spool, stopping);
    }

    /// <summary>Receives the closed panes.</summary>
    public IReportSink Sink => _recorder;

    /// <summary>Writes what remains, at the end of the source.</summary>
    /// <returns>What has been written, a line each.</returns>
    public IEnumerable<string> Finish(CancellationToken stopping)
    {
        _recorder.Finish();
        var samples = $"{Phrases.Count(_recorder.Days, "day")}, {Phrases.GroupedCount(_recorder.Samples, "sample")}";
        if (_request.Folder is not null && _days is not null)
        {
            yield return $"{_request.Folder}: {samples}";
            if (_days.Different is { } day)
            {
                yield return $"warning: {_request.Folder}: kept days differ from what this replay gives, "
                    + $"the first of them {day:yyyy-MM-dd}: they are of other events or another configuration; "
                    + "to have all days alike, name an empty folder";
            }
        }

        if (_remote is not null)
        {
            yield return $"{_request.RemoteWrite}: {samples}";
        }

        if (_blocks is not null && _days is not null)
        {
            yield return $"{_request.Blocks}: {Phrases.Count(_blocks.Make(_days.Files, stopping), "block")} of {samples}";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _spool.Dispose();
        _blocks?.Dispose();
        _remote?.Dispose();
    }
}
