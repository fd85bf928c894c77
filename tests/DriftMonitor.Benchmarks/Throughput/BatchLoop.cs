using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Commands;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// Reads a topic by <c>Consume</c> of Confluent.Kafka or by a <see cref="BatchQueue"/>, does nothing with the values, and measures itself.
/// </summary>
internal static class BatchLoop
{
    /// <summary>Its verb: it runs in a process of its own.</summary>
    public const string Verb = "batch-loop";

    /// <summary>What to give in place of a batch size for a loop over <c>Consume</c>.</summary>
    public const string Bare = "bare";

    // Before this share of the events, the code is not yet compiled for good, and librdkafka's queues are not yet full.
    private const double MeasureFrom = 0.4;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Reads so many events and writes one line: processor time (ns), allocated bytes and elapsed time (ns), each for an event, messages in
    /// a batch, and bytes of all values.
    /// </summary>
    /// <param name="args">
    /// Bootstrap servers, topic, partitions, events, <see cref="Bare"/> or the batch size; then properties, such as
    /// <see cref="BareLoop.NoWait"/>.
    /// </param>
    public static int Run(string[] args)
    {
        var config = new ConsumerConfig { BootstrapServers = args[0], GroupId = $"batch-{Guid.NewGuid():N}" };
        foreach (var property in args[5..])
        {
            config.Set(property.Split('=')[0], property.Split('=')[1]);
        }

        var expected = int.Parse(args[3], CultureInfo.InvariantCulture);
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Assign(Enumerable.Range(0, int.Parse(args[2], CultureInfo.InvariantCulture)).Select(partition =>
            new TopicPartitionOffset(args[1], partition, Offset.Beginning)));
        Console.WriteLine(args[4] == Bare
            ? Consume(consumer, expected)
            : Read(consumer, args[1], int.Parse(args[4], CultureInfo.InvariantCulture), expected));
        consumer.Close();
        return 0;
    }

    private static string Consume(IConsumer<Ignore, byte[]> consumer, int expected)
    {
        var meter = new Meter(expected);
        while (!meter.IsOver)
        {
            if (consumer.Consume(Timeout) is { IsPartitionEOF: false } result)
            {
                meter.Count(1, result.Message.Value.Length);
            }
        }

        return meter.Result;
    }

    private static string Read(IConsumer<Ignore, byte[]> consumer, string topic, int size, int expected)
    {
        var meter = new Meter(expected);
        using var queue = BatchQueue.Over(consumer, [topic], size);
        while (!meter.IsOver)
        {
            var events = 0;
            long bytes = 0;
            foreach (ref readonly var message in queue.Read(Timeout))
            {
                if (message.Error == ErrorCode.NoError)
                {
                    events++;
                    bytes += message.Value.Length;
                }
            }

            if (events > 0)
            {
                meter.Count(events, bytes);
            }
        }

        return meter.Result;
    }

    private sealed class Meter(int expected)
    {
        private readonly long _start = (long)(MeasureFrom * expected);
        private long _events;
        private long _bytes;
        private long _batches;
        private Moment _from;

        public bool IsOver => _events >= expected;

        public string Result
        {
            get
            {
                var to = Now();
                double events = to.Events - _from.Events;
                double[] figures =
                [
                    (to.Cpu - _from.Cpu).TotalNanoseconds / events,
                    (to.Allocated - _from.Allocated) / events,
                    TimeProvider.System.GetElapsedTime(_from.Ticks, to.Ticks).TotalNanoseconds / events,
                    events / (to.Batches - _from.Batches),
                    _bytes,
                ];
                return string.Join(' ', figures.Select(figure => figure.ToString("F2", CultureInfo.InvariantCulture)));
            }
        }

        public void Count(int events, long bytes)
        {
            var before = _events;
            _events += events;
            _bytes += bytes;
            _batches++;
            if (before < _start && _events >= _start)
            {
                _from = Now();
            }
        }

        private Moment Now() => new(
            _events,
            _batches,
            Environment.CpuUsage.TotalTime,
            GC.GetTotalAllocatedBytes(precise: true),
            TimeProvider.System.GetTimestamp());

        private readonly record struct Moment(long Events, long Batches, TimeSpan Cpu, long Allocated, long Ticks);
    }
}
