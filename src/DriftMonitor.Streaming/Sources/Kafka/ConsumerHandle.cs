using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// The native client (<c>rd_kafka_t</c>) of a consumer that Confluent.Kafka has built. The client stays alive until this handle is
/// disposed of, even if the consumer is disposed of first.
/// </summary>
/// <remarks>
/// This file is the only one that knows internal members of Confluent.Kafka. They are these two, checked with version 2.16.0:
/// <c>Handle.LibrdkafkaHandle</c>, a <see cref="SafeHandle"/>, and the field <c>Consumer`2.handlerException</c>. There Confluent.Kafka
/// keeps an exception of a statistics, token, rebalance or commit handler, because exceptions can't pass through native code; its own
/// <c>Consume</c> throws it after a poll. It drops exceptions of error and log handlers.
/// </remarks>
internal sealed class ConsumerHandle : IDisposable
{
    private readonly IClient _consumer;
    private readonly SafeHandle _client;
    private readonly Func<IClient, Exception?> _takeException;
    private bool _isDisposed;

    private ConsumerHandle(IClient consumer, SafeHandle client, Func<IClient, Exception?> takeException)
    {
        _consumer = consumer;
        _client = client;
        _takeException = takeException;
    }

    /// <summary>The address of the client.</summary>
    /// <exception cref="ObjectDisposedException">The handle is disposed of.</exception>
    public IntPtr Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _client.DangerousGetHandle();
        }
    }

    /// <summary>Takes hold of a consumer's client.</summary>
    /// <exception cref="SourceException">This version of Confluent.Kafka is laid out differently.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is disposed of.</exception>
    public static ConsumerHandle Of<TKey, TValue>(IConsumer<TKey, TValue> consumer)
    {
        SafeHandle client;
        try
        {
            client = (SafeHandle)Internals.GetClient(consumer.Handle);
            _ = Internals<TKey, TValue>.HandlerException(consumer);
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException or InvalidCastException or BadImageFormatException
            or NotSupportedException)
        {
            throw new SourceException(
                $"Confluent.Kafka {typeof(IClient).Assembly.GetName().Version?.ToString(3)} does not have the internal members that "
                + $"ConsumerHandle.cs reads ({e.Message}): use version 2.16.0, or correct ConsumerHandle.cs",
                e);
        }

        var isHeld = false;
        client.DangerousAddRef(ref isHeld);
        return new ConsumerHandle(consumer, client, TakeException<TKey, TValue>);
    }

    /// <summary>Throws the exception of a handler that ran inside the last poll of the client, if there is one.</summary>
    public void ThrowHandlerException()
    {
        if (_takeException(_consumer) is { } thrown)
        {
            throw thrown;
        }
    }

    /// <summary>Lets go of the client. It is destroyed now if the consumer has been disposed of, or else with the consumer.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _client.DangerousRelease();
        }
    }

    private static Exception? TakeException<TKey, TValue>(IClient consumer)
    {
        ref var kept = ref Internals<TKey, TValue>.HandlerException(consumer);
        var thrown = kept;
        if (thrown is not null)
        {
            kept = null;
        }

        return thrown;
    }

    private static class Internals
    {
        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_LibrdkafkaHandle")]
        [return: UnsafeAccessorType("Confluent.Kafka.Impl.SafeKafkaHandle, Confluent.Kafka")]
        public static extern object GetClient(Handle handle);
    }

    private static class Internals<TKey, TValue>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "handlerException")]
        public static extern ref Exception? HandlerException(
            [UnsafeAccessorType("Confluent.Kafka.Consumer`2[[!0],[!1]], Confluent.Kafka")] object consumer);
    }
}
