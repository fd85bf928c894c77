using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Notifications;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Notifications;

/// <summary>What a webhook sends, and what becomes of each answer, with a receiver of its own.</summary>
public sealed class WebhookTests : IAsyncDisposable
{
    private readonly Workshop _workshop = new();
    private readonly Task<HttpReceiver> _receiver = HttpReceiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await (await _receiver).DisposeAsync();
        _workshop.Dispose();
    }

    [Fact]
    public async Task A_body_for_programs_is_signed_and_has_its_key_in_two_headers()
    {
        var secret = _workshop.Write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        var receiver = await _receiver;
        using var sink = Sink(receiver.Url, WebhookFormat.Json, secret);

        await sink.SendAsync(Alerts.Firing(), default);

        var (headers, body) = Assert.Single(receiver.Requests);
        Assert.Equal(Encoding.UTF8.GetString(NotificationJson.Write(Alerts.Firing())), body);
        Assert.Equal("application/json", headers["Content-Type"]);
        Assert.Equal(Alerts.Firing().Id, headers["Idempotency-Key"]);
        Assert.Equal(Alerts.Firing().Id, headers["webhook-id"]);
        var seconds = long.Parse(headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            WebhookSignature.Sign(
                Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Alerts.Firing().Id, seconds, Encoding.UTF8.GetBytes(body)),
            headers["webhook-signature"]);
    }

    [Fact]
    public async Task A_text_for_Slack_shows_names_from_the_stream_as_they_are()
    {
        var receiver = await _receiver;
        using var sink = Sink(receiver.Url, WebhookFormat.Slack);

        await sink.SendAsync(Alerts.Firing(segment: "<!channel> & co"), default);

        Assert.Equal(
            "*FIRING delay, &lt;!channel&gt; &amp; co: drift since 2013-02-09T01:00:00Z*\n"
            + "KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (1.211 nats)\n"
            + "<https://drift.example.com/|Open the page>",
            (string)JsonNode.Parse(receiver.Requests.Single().Body)!["text"]!);
        Assert.False(receiver.Requests.Single().Headers.ContainsKey("webhook-signature"));
    }

    [Theory] // X04
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(410, false)]
    public async Task What_may_pass_is_told_from_what_does_not(int code, bool isTransient)
    {
        var receiver = await _receiver;
        receiver.Then(HttpReceiver.Status(code, retryAfter: "7"));
        using var sink = Sink(receiver.Url);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sink.SendAsync(Alerts.Firing(), default).AsTask());

        Assert.Equal(isTransient, failure.IsTransient);
        Assert.Equal(TimeSpan.FromSeconds(7), failure.RetryAfter);
        Assert.StartsWith($"the answer is {code} ", failure.Message);
    }

    [Fact] // X04
    public async Task A_redirection_is_not_followed()
    {
        var receiver = await _receiver;
        receiver.Then(HttpReceiver.Status(307, location: receiver.Url + "/elsewhere"));
        using var sink = Sink(receiver.Url);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sink.SendAsync(Alerts.Firing(), default).AsTask());

        Assert.False(failure.IsTransient);
        Assert.Contains("redirections are not followed", failure.Message);
        Assert.Single(receiver.Requests);
    }

    [Fact] // X04
    public async Task Of_an_answer_of_a_hundred_megabytes_only_the_head_is_read()
    {
        var receiver = await _receiver;
        var written = 0L;
        receiver.Then(async context =>
        {
            context.Response.StatusCode = 500;
            var piece = Encoding.UTF8.GetBytes(new string('x', 1 << 16));
            try
            {
                for (; written < 100 << 20; written += piece.Length)
                {
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                    await Task.Delay(1, context.RequestAborted); // so that it is noticed that nobody reads
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
            }
        });
        using var sink = Sink(receiver.Url);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sink.SendAsync(Alerts.Firing(), default).AsTask());

        Assert.InRange(failure.Message.Length, 1, 300);
        Assert.True(Volatile.Read(ref written) < 50 << 20, $"{written} bytes were taken");
    }

    [Fact] // X04
    public async Task A_private_address_is_never_connected_to_unless_it_is_allowed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"); // by a name, as DNS may lie
        using var sink = Sink(url, allowsAnyAddress: false);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sink.SendAsync(Alerts.Firing(), default).AsTask());

        Assert.False(failure.IsTransient);
        Assert.Equal(
            "localhost has no public address: to send there nevertheless, add it to Notifications:AllowedHosts", failure.Message);
        Assert.False(listener.Pending());
    }

    [Fact] // X04
    public async Task A_connection_that_is_refused_or_cut_off_may_be_tried_again()
    {
        var receiver = await _receiver;
        receiver.Then(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var cut = Sink(receiver.Url);
        using var nobody = Sink(new Uri($"http://127.0.0.1:{Ports.Free()}/"));

        Assert.True((await Assert.ThrowsAsync<DeliveryException>(() => cut.SendAsync(Alerts.Firing(), default).AsTask())).IsTransient);
        Assert.True((await Assert.ThrowsAsync<DeliveryException>(() => nobody.SendAsync(Alerts.Firing(), default).AsTask())).IsTransient);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_is_no_reason_to_send_without_signature()
    {
        var receiver = await _receiver;
        using var sink = Sink(receiver.Url, WebhookFormat.Json, _workshop["missing"]);

        var failure = await Assert.ThrowsAsync<DeliveryException>(() => sink.SendAsync(Alerts.Firing(), default).AsTask());

        Assert.True(failure.IsTransient);
        Assert.Empty(receiver.Requests);
    }

    private static WebhookSink Sink(
        Uri url, WebhookFormat format = WebhookFormat.Json, string? secretFile = null, bool allowsAnyAddress = true) =>
        new("webhook:test", url, format, secretFile, allowsAnyAddress, TimeProvider.System);
}
