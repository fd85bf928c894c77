using Confluent.Kafka;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Streaming.Sources.Synthetic;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// The demonstration's broker and the orders on it: a minute of history, a minute like it, a shifted minute, and then orders like before.
/// </summary>
internal sealed class DemoStream : IDisposable
{
    /// <summary>Average number of orders per second of stream time.</summary>
    public const int OrdersPerSecond = 200;

    /// <summary>The seed of the random orders.</summary>
    public const int Seed = 20261121;

    private const string Topic = "orders";
    private const int Partitions = 2;
    private static readonly string[] Fields = ["amount", "country"];
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly EmbeddedBroker _broker = new();
    private readonly IProducer<Null, byte[]> _producer;
    private readonly SyntheticSource _source;
    private readonly EventCursor _orders;
    private readonly EventTime _start;
    private readonly Period _shift;
    private readonly double _speed;
    private readonly TimeProvider _clock;
    private readonly StampedLines _lines;
    private (byte[] Value, EventTime Time, long Number)? _next;
    private long _sentMilliseconds; // event time of the order sent last

    /// <summary>A broker with an empty topic.</summary>
    public DemoStream(double speed, TimeProvider clock, StampedLines lines)
    {
        _speed = speed;
        _clock = clock;
        _lines = lines;
        _broker.CreateTopic(Topic, Partitions);
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = _broker.BootstrapServers,
            LingerMs = 5,
            CompressionType = CompressionType.Lz4,
        }).Build();

        // A whole second, so that the times on the page are easy to read.
        var now = EventTime.From(clock.GetUtcNow());
        _start = new EventTime(now.Milliseconds / 1000 * 1000);
        _shift = new Period(_start + Minute, _start + 2 * Minute);
        _sentMilliseconds = _start.Milliseconds;
        _source = new SyntheticSource(new SyntheticSettings
        {
            Seed = Seed,
            OrdersPerSecond = OrdersPerSecond,
            Shift = _shift,
            Period = new Period(_start - Minute, _start + TimeSpan.FromDays(1)),
        });
        _orders = new EventCursor(_source);
        Advance();
    }

    /// <summary>Writes a line to the console, with the stream time since the start.</summary>
    /// <param name="line">The line.</param>
    /// <param name="time">The event time that it is about; without it, that of the order sent last.</param>
    /// <param name="emphasis">How its first word stands out.</param>
    public void Say(string line, EventTime? time = null, Emphasis emphasis = Emphasis.None)
    {
        var since = (time ?? new EventTime(Volatile.Read(ref _sentMilliseconds))) - _start;
        _lines.Write($"{(long)since.TotalMinutes:00}:{since.Seconds:00}", line, emphasis);
    }

    /// <summary>Produces the orders of the minute before the start at once.</summary>
    public void ProduceHistory()
    {
        while (_next is { } order && order.Time < _start)
        {
            Send(order);
            Advance();
        }

        _producer.Flush(TimeSpan.FromSeconds(10));
    }

    /// <summary>Produces each order when it is due, until stopped.</summary>
    public void Produce(CancellationToken stopping)
    {
        var began = _clock.GetTimestamp();
        var (saidShift, saidEnd) = (false, false);
        while (_next is { } order && !stopping.IsCancellationRequested)
        {
            var due = (order.Time - _start) / _speed - _clock.GetElapsedTime(began);
            if (due > TimeSpan.FromMilliseconds(1) && stopping.WaitHandle.WaitOne(due))
            {
                return;
            }

            if (!saidShift && order.Time >= _shift.From)
            {
                saidShift = true;
                Say("the shift begins: higher amounts, other countries", _shift.From);
            }

            if (!saidEnd && order.Time >= _shift.To)
            {
                saidEnd = true;
                Say("the shift ends", _shift.To);
            }

            Send(order);
            Advance();
        }
    }

    /// <summary>The monitors of the demonstration, without their references.</summary>
    public MonitorPlan Plan()
    {
        var options = new DriftMonitorOptions
        {
            Kafka = new KafkaOptions
            {
                BootstrapServers = _broker.BootstrapServers,
                Start = KafkaStart.Earliest,
                Properties = new() { ["fetch.wait.max.ms"] = "20" },
            },
            Monitors =
            [
                .. Fields.Select(field => new MonitorOptions
                {
                    Name = $"order-{field}",
                    Topic = Topic,
                    Field = field,
                    EventTime = "time",
                    Pane = new Duration(TimeSpan.FromSeconds(1)),
                    Windows = [new Duration(TimeSpan.FromSeconds(15)), new Duration(Minute)],
                    AllowedLateness = new Duration(TimeSpan.FromSeconds(1)),
                    Reference = new ReferenceOptions { File = "made-by-the-demonstration" },
                    Alert = new AlertOptions
                    {
                        Window = new Duration(TimeSpan.FromSeconds(15)),
                        FireAbove = 0.1,
                        ResolveBelow = 0.05,
                        Hold = new Duration(TimeSpan.FromSeconds(2)),
                    },
                }),
            ],
        };
        return MonitorPlan.Make(options, folder: "/", Needs.Topics, known: []);
    }

    /// <summary>Builds a reference from the history, as <c>reference build</c> does.</summary>
    public ReferenceFile BuildReference(DriftMonitorOptions options, PlannedMonitor monitor, ILogger logger)
    {
        using var source = ConfiguredSources.OpenBounded(options, [monitor], [], logger);
        var history = new Period(_start - Minute, _start);
        var builder = new ReferenceBuilder(monitor.Recipe with { Period = history });
        var events = new EventCursor(source);
        while (events.Next(TimeSpan.FromMilliseconds(100), out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                builder.Add(raw);
            }
        }

        return builder.Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _producer.Dispose();
        _source.Dispose();
        _broker.Dispose();
    }

    private void Advance()
    {
        SourceSignal signal;
        RawEvent raw;
        do
        {
            signal = _orders.Next(TimeSpan.Zero, out raw);
        }
        while (signal is not (SourceSignal.Event or SourceSignal.End));
        _next = signal == SourceSignal.Event ? (raw.Value.ToArray(), raw.RecordTime!.Value, raw.Offset) : null;
    }

    private void Send((byte[] Value, EventTime Time, long Number) order)
    {
        _producer.Produce(new TopicPartition(Topic, (int)(order.Number % Partitions)), new Message<Null, byte[]>
        {
            Value = order.Value,
            Timestamp = new Timestamp(order.Time.Milliseconds, TimestampType.CreateTime),
        });
        Volatile.Write(ref _sentMilliseconds, Math.Max(order.Time.Milliseconds, _start.Milliseconds)); // the history is before the start
    }
}
