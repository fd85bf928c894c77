using System.Buffers.Text;
using System.Text;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Synthetic;

/// <summary>
/// Generates a stream of orders, whose amounts (log-normal) and countries shift for a while and recover:
/// <c>{"time":"2026-01-01T00:00:00.004Z","order":1,"country":"DE","amount":41.07}</c>.
/// </summary>
public sealed class SyntheticSource : IEventSource
{
    // Shares in percent, before and during the shift.
    private static readonly (string Code, int Normal, int Shifted)[] Countries =
        [("DE", 34, 20), ("FR", 22, 13), ("IT", 14, 10), ("ES", 11, 8), ("NL", 8, 6), ("PL", 6, 28), ("SE", 3, 5), ("AT", 2, 10)];

    private const int OrdersInABatch = 256;

    private readonly SyntheticSettings _settings;
    private readonly Random _random;
    private readonly CopiedBatch _batch = new();
    private readonly byte[] _buffer = new byte[256];
    private double _milliseconds;
    private long _orders;
    private bool _announced;
    private bool _ended;

    /// <summary>Creates a stream of one partition, which ends at the end of its period.</summary>
    public SyntheticSource(SyntheticSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => 1;

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [new Progress(new Position("orders", 0, _orders), null)];

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        // Synthetic events have no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to release.
    }

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        if (!_announced)
        {
            _announced = true;
            _batch.Append(SourceSignal.Partitions);
        }

        for (var i = 0; i < OrdersInABatch && !_ended; i++)
        {
            AppendOrder();
        }

        if (_ended)
        {
            _batch.Append(SourceSignal.End);
        }

        return _batch;
    }

    private void AppendOrder()
    {
        _milliseconds -= Math.Log(1 - _random.NextDouble()) * 1000 / _settings.OrdersPerSecond;
        var time = new EventTime(_settings.Period.From.Milliseconds + (long)_milliseconds);
        if (time >= _settings.Period.To)
        {
            _ended = true;
            _batch.Append(SourceSignal.PartitionEnded);
            return;
        }

        var length = WriteOrder(time, _settings.Shift is { } shift && time >= shift.From && time < shift.To);
        _batch.Append(new RawEvent { Offset = _orders, RecordTime = time, Value = _buffer.AsSpan(0, length) });
    }

    private int WriteOrder(EventTime time, bool isShifted)
    {
        // The median is 40; during the shift it is 60, with a larger spread.
        var amount = Math.Round(Math.Exp(Math.Log(isShifted ? 60 : 40) + (isShifted ? 0.8 : 0.6) * Chance.Normal(_random)), 2);
        var draw = _random.Next(100);
        var country = 0;
        while (draw >= Share(country, isShifted))
        {
            draw -= Share(country++, isShifted);
        }

        _orders++;
        var text = _buffer.AsSpan();
        var at = Append(text, 0, "{\"time\":\"");
        at = Append(text, at, time.ToString());
        at = Append(text, at, "\",\"order\":");
        Utf8Formatter.TryFormat(_orders, text[at..], out var written);
        at = Append(text, at + written, ",\"country\":\"");
        at = Append(text, at, Countries[country].Code);
        at = Append(text, at, "\",\"amount\":");
        Utf8Formatter.TryFormat(amount, text[at..], out written);
        return Append(text, at + written, "}");
    }

    private static int Share(int country, bool isShifted) => isShifted ? Countries[country].Shifted : Countries[country].Normal;

    private static int Append(Span<byte> to, int at, string text) => at + Encoding.UTF8.GetBytes(text, to[at..]);
}
