using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Follows the event times of a file by the last events of each stride, and notices that they fall.</summary>
/// <remarks>
/// A stride's place in time is the least of its last four event times: one event that is dated far ahead must not make the file wait for
/// the others, whose panes would then pile up. Four in a row do count as the file's time.
/// </remarks>
/// <param name="name">The file's name in messages.</param>
/// <param name="order">The fields of the event time, and whether the file must be sorted.</param>
internal sealed class FileTimes(string name, FileOrder order)
{
    /// <summary>How many events at the end of a stride to observe.</summary>
    public const int ObservedAStride = 4;

    private const int FallsWhileReading = 3; // strides that are behind the one before, until the file is refused

    private readonly (RecordDecoder Decoder, EventTimeFormat? Format)[] _decoders =
        [.. order.EventTimes.Select(time => (new RecordDecoder([time.Field], time.Unpack), time.Format))];
    private (EventTime Time, long Row)? _first;
    private EventTime? _previous; // event
    private EventTime? _least; // of the stride
    private EventTime? _greatest; // of the stride, without the file's first event
    private EventTime _ofStrideBefore;
    private int _falls;
    private int _rises;
    private int _eventRises;

    /// <summary>How far in time the file has been read; null until an event time could be read.</summary>
    public EventTime? Reached { get; private set; }

    /// <summary>Observes an event, one of the last of a stride.</summary>
    public void Observe(in RawEvent raw)
    {
        if (TimeOf(raw) is not { } time)
        {
            return;
        }

        _least = _least is { } least && least <= time ? least : time;
        if (_first is null)
        {
            _first = (time, raw.Offset);
            _ofStrideBefore = time;
        }
        else
        {
            _greatest = _greatest is { } greatest && greatest >= time ? greatest : time;
            _eventRises += time >= _previous ? 1 : 0;
        }

        _previous = time;
    }

    /// <summary>Ends a stride.</summary>
    /// <param name="row">The row at its end.</param>
    /// <exception cref="SourceException">The file is in falling order of time, and must not be.</exception>
    public void EndStride(long row)
    {
        Reached = _least ?? Reached;
        if (_greatest is { } greatest)
        {
            _falls += greatest < _ofStrideBefore ? 1 : 0;
            _rises += greatest > _ofStrideBefore ? 1 : 0;
            _ofStrideBefore = greatest;
            RefuseFalling(FallsWhileReading, row);
        }

        (_least, _greatest) = (null, null);
    }

    /// <summary>Concludes at the end of the file.</summary>
    /// <param name="row">Its last row.</param>
    /// <exception cref="SourceException">The file is in falling order of time, and must not be.</exception>
    public void End(long row) => RefuseFalling(_eventRises == 0 ? 1 : 2, row);

    // The first that can be read, so that a record with many events costs no more than one with a few.
    private EventTime? TimeOf(in RawEvent raw)
    {
        foreach (var (decoder, format) in _decoders)
        {
            if (decoder.Decode(raw, out var events) != Rejection.None)
            {
                continue;
            }

            while (events.MoveNext())
            {
                if (decoder.Event.TimeOf(0, format, raw.Value) is { IsInRange: true } time)
                {
                    return time;
                }
            }
        }

        return null;
    }

    private void RefuseFalling(int falls, long row)
    {
        if (_falls >= falls && _rises == 0 && order.Tolerance is { } tolerance && _first is { } first
            && first.Time.Milliseconds - _ofStrideBefore.Milliseconds > tolerance.TotalMilliseconds)
        {
            throw new SourceException(
                $"{name}: its rows are in falling order of time, from {first.Time} in row {first.Row} to {_ofStrideBefore} by row {row}, "
                + "and nearly all would be late: sort it by time, oldest first");
        }
    }
}
