using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Metrics;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>Posts JSON, and tells what may be tried again from what may not. Redirections are not followed.</summary>
internal sealed class HttpPosts : IDisposable
{
    private const int LongestAnswer = 200; // characters of a message; nothing beyond is read
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly TimeProvider _clock;

    /// <summary>A client for one receiver.</summary>
    /// <param name="allowsAnyAddress">Whether it may have an address that is not public.</param>
    /// <param name="clock">Reads the dates of the header Retry-After.</param>
    public HttpPosts(bool allowsAnyAddress, TimeProvider clock)
    {
        _clock = clock;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false, // a proxy would resolve the name, and the address could not be checked
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, stopping) => ConnectAsync(context, allowsAnyAddress, stopping),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // the pipeline has one
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(BuildInfo.Product, BuildInfo.Current.Version));
    }

    /// <summary>Posts a body once.</summary>
    /// <param name="url">The receiver. Only its host is named in messages: its path may be a secret.</param>
    /// <param name="body">JSON.</param>
    /// <param name="headers">Further headers.</param>
    /// <param name="authorization">The header Authorization; null for none.</param>
    /// <param name="stopping">Ends the attempt.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    public async ValueTask PostAsync(
        Uri url, byte[] body, IEnumerable<KeyValuePair<string, string>> headers, AuthenticationHeaderValue? authorization,
        CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = authorization;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            if (!response.IsSuccessStatusCode)
            {
                throw await RefusalAsync(response, stopping);
            }
        }
        catch (HttpRequestException e) when (e.InnerException is DeliveryException refused)
        {
            throw refused;
        }
        catch (HttpRequestException e)
        {
            throw new DeliveryException(OneLine.Sentence(e.Message.TrimEnd('.')), isTransient: true, cause: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // The address is checked that is connected to, so that a name in DNS that changes between a check and the connection is no way into the
    // service's own network.
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, bool allowsAny, CancellationToken stopping)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, stopping);
        var usable = allowsAny ? addresses : Array.FindAll(addresses, PublicAddresses.Contains);
        if (usable.Length == 0)
        {
            throw new DeliveryException(
                $"{host} has no public address: to send there nevertheless, add it to Notifications:AllowedHosts", isTransient: false);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(usable, port, stopping);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<DeliveryException> RefusalAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        var code = response.StatusCode;
        using var text = new StreamReader(await response.Content.ReadAsStreamAsync(stopping), Encoding.UTF8);
        var head = new char[LongestAnswer];
        var length = await text.ReadAsync(head, stopping);
        var said = OneLine.Sentence(new string(head, 0, length)).Trim();
        var moved = (int)code is >= 300 and < 400 ? "; redirections are not followed: configure the address that it names" : "";
        return new DeliveryException(
            $"the answer is {(int)code} {code}{(said.Length > 0 ? $": {said}" : "")}{moved}",
            isTransient: code is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)code >= 500,
            RetryAfterOf(response));
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var delay = after?.Delta ?? (after?.Date is { } date ? date - _clock.GetUtcNow() : null);
        return delay is not { } asked ? null
            : asked < TimeSpan.Zero ? TimeSpan.Zero
            : asked < LongestRetryAfter ? asked : LongestRetryAfter;
    }
}
