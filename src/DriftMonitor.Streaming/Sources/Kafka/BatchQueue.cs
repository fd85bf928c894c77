using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Reads a consumer's messages in batches that stay in librdkafka's own memory: values are not copied, and reading allocates nothing.
/// </summary>
/// <remarks>
/// <para>
/// The consumer is built, assigned, committed and closed by Confluent.Kafka; this class replaces <c>Consume</c>, and both read the same
/// queue. As in <c>Consume</c>, the consumer's handlers run inside <see cref="Read"/> on the calling thread, and what a handler throws
/// comes out of it. One thread uses it.
/// </para>
/// <para>
/// Reading moves the consumer's <c>Position</c> to behind the whole batch. After a seek or a new assignment, librdkafka drops older
/// messages that are still in its queue, but not those in a batch that was read before: compare offsets with the position that you keep.
/// </para>
/// </remarks>
internal sealed unsafe partial class BatchQueue : IDisposable
{
    private const int ErrorTextSize = 512;

    private readonly ConsumerHandle _consumer;
    private readonly IReadOnlyList<string> _names; // may grow
    private readonly List<byte[]> _topics;
    private readonly List<(IntPtr Native, int Index)> _known = []; // the topics that have occurred in this batch
    private readonly NativeMessage*[] _natives;
    private readonly QueuedMessage[] _messages;
    private IntPtr _queue;
    private int _count;
    private bool _isUnread; // read from librdkafka, but an exception was thrown in place of returning it

    private BatchQueue(ConsumerHandle consumer, IReadOnlyList<string> topics, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _consumer = consumer;
        (_names, _topics) = (topics, [.. topics.Select(Encoding.UTF8.GetBytes)]);
        _natives = new NativeMessage*[capacity];
        _messages = new QueuedMessage[capacity];
        _queue = GetConsumerQueue(consumer.Pointer);
        if (_queue == IntPtr.Zero)
        {
            throw new InvalidOperationException("the consumer has no queue: give it a group.id");
        }
    }

    /// <summary>A queue over a consumer, to be disposed of before the consumer is closed.</summary>
    /// <param name="consumer">A consumer that Confluent.Kafka has built.</param>
    /// <param name="topics">The topics that will be assigned, to which more may be added; messages name them by their index here.</param>
    /// <param name="capacity">The most messages in a batch, at least 1.</param>
    /// <exception cref="Events.SourceException">librdkafka or Confluent.Kafka is not as expected.</exception>
    public static BatchQueue Over<TKey, TValue>(IConsumer<TKey, TValue> consumer, IReadOnlyList<string> topics, int capacity)
    {
        Librdkafka.Load(); // first: an import with SuppressGCTransition is resolved when a method that calls it is compiled
        var handle = ConsumerHandle.Of(consumer);
        try
        {
            return new BatchQueue(handle, topics, capacity);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Releases the last batch and reads the next: the messages that are already in the queue, up to the capacity. If there are none, waits
    /// for the first one, and returns at once when it comes.
    /// </summary>
    /// <param name="timeout">How long to wait, rounded up to milliseconds.</param>
    /// <returns>Records and errors, in order for each partition; empty where none came. Valid until the next call.</returns>
    /// <exception cref="KafkaException">librdkafka refuses to read.</exception>
    /// <exception cref="Exception">What a handler of the consumer threw. The next call returns the messages of this one.</exception>
    public ReadOnlySpan<QueuedMessage> Read(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_queue == IntPtr.Zero, this);
        if (!_isUnread)
        {
            Release();

            // librdkafka returns when the batch is full or the time is over: with the whole capacity it would wait, messages or not.
            Take(_messages.Length, 0);
            if (_count == 0 && timeout > TimeSpan.Zero)
            {
                Take(1, (int)Math.Min(Math.Ceiling(timeout.TotalMilliseconds), int.MaxValue));
                if (_count == 1 && _messages.Length > 1)
                {
                    Take(_messages.Length - 1, 0);
                }
            }

            Describe();
            _isUnread = true;
            _consumer.ThrowHandlerException();
        }

        _isUnread = false;
        return _messages.AsSpan(0, _count);
    }

    /// <summary>A message of the last batch.</summary>
    public ref readonly QueuedMessage this[int index] => ref _messages[index];

    /// <summary>What an error in the batch is about, as Confluent.Kafka would report it.</summary>
    public Error ErrorOf(in QueuedMessage message)
    {
        if (message.Error != ErrorCode.Local_Fatal)
        {
            return message.Value.IsEmpty ? new Error(message.Error) : new Error(message.Error, Encoding.UTF8.GetString(message.Value));
        }

        var text = new byte[ErrorTextSize];
        var code = GetFatalError(_consumer.Pointer, text, ErrorTextSize);
        return new Error((ErrorCode)code, Encoding.UTF8.GetString(text).TrimEnd('\0'), isFatal: true);
    }

    /// <summary>The value of the last header of a name. Headers are only parsed when asked for.</summary>
    /// <param name="message">The message's index in the batch.</param>
    /// <param name="name">The header's name.</param>
    /// <param name="value">The value in librdkafka's memory, as long as the batch; empty where there is none.</param>
    /// <returns>Whether the message has such a header.</returns>
    public bool TryGetHeader(int message, string name, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)message, (uint)_count);
        value = default;
        if (GetHeaders(_natives[message], out var headers) != 0 || GetLastHeader(headers, name, out var bytes, out var length) != 0)
        {
            return false;
        }

        value = new ReadOnlySpan<byte>(bytes, checked((int)length));
        return true;
    }

    /// <summary>Gives the batch back to librdkafka now rather than at the next <see cref="Read"/>.</summary>
    public void Release()
    {
        for (var i = 0; i < _count; i++)
        {
            DestroyMessage(_natives[i]);
        }

        _count = 0;
        _isUnread = false;
    }

    /// <summary>Releases the batch and the queue. The consumer is then closed by its owner.</summary>
    public void Dispose()
    {
        if (_queue != IntPtr.Zero)
        {
            Release();
            DestroyQueue(_queue);
            _queue = IntPtr.Zero;
            _consumer.Dispose();
        }
    }

    private void Take(int size, int milliseconds)
    {
        nint taken;
        fixed (NativeMessage** natives = &_natives[_count])
        {
            taken = ConsumeBatch(_queue, milliseconds, natives, (nuint)size);
        }

        if (taken < 0)
        {
            throw new KafkaException((ErrorCode)GetLastError());
        }

        _count += (int)taken;
    }

    private void Describe()
    {
        // The messages of a batch keep their topics alive, so an address means the same topic only within a batch.
        _known.Clear();
        var topic = IntPtr.Zero;
        var index = -1;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var native = ref *_natives[i];
            if (native.Topic != topic)
            {
                topic = native.Topic;
                index = IndexOf(topic);
            }

            var kind = TimestampType.NotAvailable;
            var timestamp = GetTimestamp(_natives[i], &kind);
            _messages[i] = new QueuedMessage(index, in native, kind == TimestampType.NotAvailable ? QueuedMessage.NoTime : timestamp);
        }
    }

    private int IndexOf(IntPtr topic)
    {
        if (topic == IntPtr.Zero)
        {
            return -1;
        }

        foreach (var (native, known) in _known)
        {
            if (native == topic)
            {
                return known;
            }
        }

        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(GetTopicName(topic));
        while (_topics.Count < _names.Count)
        {
            _topics.Add(Encoding.UTF8.GetBytes(_names[_topics.Count]));
        }

        var index = 0;
        while (index < _topics.Count && !name.SequenceEqual(_topics[index]))
        {
            index++;
        }

        index = index < _topics.Count ? index : -1;
        _known.Add((topic, index));
        return index;
    }

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_queue_get_consumer")]
    private static partial IntPtr GetConsumerQueue(IntPtr client);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_queue_destroy")]
    private static partial void DestroyQueue(IntPtr queue);

    // Handlers run inside, so never with SuppressGCTransition.
    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_consume_batch_queue")]
    private static partial nint ConsumeBatch(IntPtr queue, int milliseconds, NativeMessage** messages, nuint size);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_last_error")]
    private static partial int GetLastError();

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_fatal_error")]
    private static partial int GetFatalError(IntPtr client, [Out] byte[] text, nuint size);

    // Without SuppressGCTransition, which was measured to save less than the noise (some 5 ns of 210 for a message): when the last message
    // of a removed partition is destroyed, librdkafka may write to its log, which is a handler too.
    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_message_destroy")]
    private static partial void DestroyMessage(NativeMessage* message);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_message_timestamp")]
    [SuppressGCTransition]
    private static partial long GetTimestamp(NativeMessage* message, TimestampType* kind);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_topic_name")]
    private static partial byte* GetTopicName(IntPtr topic);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_message_headers")]
    private static partial int GetHeaders(NativeMessage* message, out IntPtr headers);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_header_get_last", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetLastHeader(IntPtr headers, string name, out byte* value, out nuint length);
}
