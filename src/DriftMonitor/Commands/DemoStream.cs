using System.Globalization;
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
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The demonstration's broker and the orders on it: a minute of history, a minute as usual, a minute shifted, and as usual again.</summary>
internal sealed class DemoStream : IDisposable
{
    /// <summary>Orders a second of the stream's time, on average.</summary>
    public const int OrdersPerSecond = 200;

    /// <summary>Seed of the orders.</summary>
    public const int Seed = 20261121;

    private const string Topic = "orders";
    private const int Partitions = 2;
    private static readonly string[] Fields = ["amount", "country"];
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly EmbeddedBroker _broker = new();
    private readonly IProducer<Null, byte[]> _producer;
    private readonly SyntheticSource _orders;
    private readonly EventTime _start;
    private readonly Period _shift;
    private readonly double _speed;
    private readonly TimeProvider _clock;
    private readonly Lock _console = new();
    private (byte[] Value, EventTime Time, long Number)? _next;

    /// <summary>A broker with an empty topic.</summary>
    public DemoStream(double speed, TimeProvider clock)
    {
        _speed = speed;
        _clock = clock;
        _broker.CreateTopic(Topic, Partitions);
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers, LingerMs = 5, CompressionType = CompressionType.Lz4 }).Build();

        // A whole second, so that the page's times are easy to follow.
        var now = EventTime.From(clock.GetUtcNow());
        _start = new EventTime(now.Milliseconds / 1000 * 1000);
        _shift = new Period(_start + Minute, _start + 2 * Minute);
        _orders = new SyntheticSource(new SyntheticSettings { Seed = Seed, OrdersPerSecond = OrdersPerSecond, Shift = _shift, Period = new Period(_start - Minute, _start + TimeSpan.FromDays(1)) });
        Advance();
    }

    /// <summary>What is said on the console: the stream's time since its start, and a line.</summary>
    public void Say(string line, EventTime? time = null)
    {
        var since = time is { } moment ? moment - _start : TimeSpan.Zero;
        lock (_console)
        {
            Console.WriteLine($"{since.ToString(@"mm\:ss", CultureInfo.InvariantCulture)}  {line}");
        }
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

    /// <summary>Produces orders as they fall due, until it is told to stop.</summary>
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
            Kafka = new KafkaOptions { BootstrapServers = _broker.BootstrapServers, Start = KafkaStart.Earliest, Properties = new() { ["fetch.wait.max.ms"] = "20" } },
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
                    Alert = new AlertOptions { Window = new Duration(TimeSpan.FromSeconds(15)), FireAbove = 0.1, ResolveBelow = 0.05, Hold = new Duration(TimeSpan.FromSeconds(2)) },
                }),
            ],
        };
        return MonitorPlan.Make(options, folder: "/", Needs.Topics, known: []);
    }

    /// <summary>Builds a reference of the history, as <c>reference build</c> does.</summary>
    public ReferenceFile BuildReference(DriftMonitorOptions options, PlannedMonitor monitor, ILogger logger)
    {
        using var source = ConfiguredSources.OpenBounded(options, [monitor], [], logger);
        var builder = new ReferenceBuilder(monitor.Spec, monitor.Field, monitor.EventTime, new Period(_start - Minute, _start), [], BinsChoice.Auto, monitor.PseudoCount);
        while (source.Next(TimeSpan.FromMilliseconds(100), out var raw) is var signal && signal != SourceSignal.End)
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
        _orders.Dispose();
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

    private void Send((byte[] Value, EventTime Time, long Number) order) => _producer.Produce(
        new TopicPartition(Topic, (int)(order.Number % Partitions)), new Message<Null, byte[]> { Value = order.Value, Timestamp = new Timestamp(order.Time.Milliseconds, TimestampType.CreateTime) });
}
