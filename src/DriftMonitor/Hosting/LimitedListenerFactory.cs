using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace DriftMonitor.Hosting;

/// <summary>Listens as Kestrel does by itself, but accepts a connection only where the limit has room for it.</summary>
internal sealed class LimitedListenerFactory(
    ConnectionLimit limit, IOptions<SocketTransportOptions> options, ILoggerFactory logging) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, logging);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken), limit);

    private sealed class Listener(IConnectionListener inner, ConnectionLimit limit) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                await limit.WaitForRoomAsync(_unbound.Token);
            }
            catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
            {
                return null; // no more connections
            }

            var connection = await inner.AcceptAsync(cancellationToken);
            if (connection is not null)
            {
                limit.Open(connection);
            }

            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _unbound.Dispose();
            return inner.DisposeAsync();
        }
    }
}
