using System.Text.Json;
using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>How far an answer of the API has come: it ends after a number of series, or after a number of bytes.</summary>
/// <param name="json">What the answer is written to.</param>
/// <param name="query">What was asked for.</param>
/// <param name="largeBytes">The size after which no further series is added.</param>
internal sealed class ApiPage(Utf8JsonWriter json, ApiQuery query, int largeBytes)
{
    private ApiCursor? _last;
    private int _count;
    private bool _isCut;

    /// <summary>Whether a further series may be added; one always may. Asked only where there is one.</summary>
    public bool HasRoom
    {
        get
        {
            var isFull = _count > 0 && (_count >= query.Limit || json.BytesCommitted + json.BytesPending >= largeBytes);
            _isCut |= isFull;
            return !isFull;
        }
    }

    /// <summary>The series after which the next answer starts; null where this one is complete.</summary>
    public ApiCursor? Next => _isCut ? _last : null;

    /// <summary>Counts what has been written: a series, or a monitor that has none.</summary>
    public void Add(MonitorSnapshot monitor, SeriesSnapshot? series)
    {
        _last = new ApiCursor(monitor.Spec.Name, series?.Segment);
        _count++;
    }
}
