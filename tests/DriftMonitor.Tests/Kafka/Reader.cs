using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Hosting;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Http;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A record as the source returned it.</summary>
internal sealed record Seen(int Topic, int Partition, long Offset, EventTime? RecordTime, string Value, bool IsTooLarge)
{
    /// <summary>Why it cannot be read.</summary>
    public Rejection Rejection { get; init; }
}

/// <summary>Reads a source on the test's own thread, and collects its events and signals.</summary>
internal sealed class Reader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly EventCursor _cursor;

    public Reader(KafkaSourceSettings settings, TimeProvider? time = null)
    {
        Source = new KafkaSource(settings, Log, time ?? TimeProvider.System);
        _cursor = new EventCursor(Source);
    }

    public KafkaSource Source { get; }

    public LogLines Log { get; } = new();

    public List<Seen> Events { get; } = [];

    public List<(SourceSignal Signal, int Topic, int Partition)> Signals { get; } = [];

    /// <summary>The longest time that a call took beyond its patience.</summary>
    public TimeSpan Overrun { get; private set; }

    public static KafkaSourceSettings Settings(string bootstrapServers, params string[] topics) => new()
    {
        BootstrapServers = bootstrapServers,
        Topics = topics,
        Start = KafkaStart.Earliest,
        Group = Topics.NewName(),
        Properties = new Dictionary<string, string> { ["fetch.wait.max.ms"] = "50" },
    };

    public SourceSignal Step()
    {
        var called = Stopwatch.StartNew();
        var signal = _cursor.Next(Patience, out var raw);
        var over = called.Elapsed - Patience;
        Overrun = over > Overrun ? over : Overrun;
        if (signal == SourceSignal.Event)
        {
            var value = Encoding.UTF8.GetString(raw.Value);
            Events.Add(new Seen(raw.Topic, raw.Partition, raw.Offset, raw.RecordTime, value, raw.IsTooLarge)
            {
                Rejection = new EventDecoder([]).Decode(raw),
            });
        }
        else if (signal != SourceSignal.Nothing)
        {
            Signals.Add((signal, raw.Topic, raw.Partition));
        }

        return signal;
    }

    public Reader Until(string what, Func<Reader, bool> condition)
    {
        Eventually.Within(Deadline, what, () =>
        {
            while (!condition(this))
            {
                if (Step() == SourceSignal.Nothing)
                {
                    return condition(this);
                }
            }

            return true;
        });
        return this;
    }

    public Reader UntilEvents(int count) => Until($"{count} events", _ => Events.Count >= count);

    public Reader UntilEnd() => Until("the end", _ => Signals.Exists(s => s.Signal == SourceSignal.End));

    public bool IsCaughtUp(int partition) => Signals.Exists(s => s.Signal == SourceSignal.CaughtUp && s.Partition == partition);

    public string[] Values(int partition, int topic = 0) =>
        [.. Events.Where(e => e.Partition == partition && e.Topic == topic).Select(e => e.Value)];

    public void Dispose() => Source.Dispose();
}

/// <summary>Collects the log.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();
    private readonly ConcurrentQueue<(string? Event, IReadOnlyDictionary<string, object> Fields)> _events = new();

    public string[] At(LogLevel level) => [.. _lines.Where(line => line.Level == level).Select(line => line.Line)];

    public IEnumerable<string> All => _lines.Select(line => line.Line);

    /// <summary>The fields of the only event of a name.</summary>
    public IReadOnlyDictionary<string, object> FieldsOf(string name) => Assert.Single(_events, logged => logged.Event == name).Fields;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((logLevel, formatter(state, exception)));
        _events.Enqueue((eventId.Name, LogFields.Of(state).ToDictionary()));
    }
}
