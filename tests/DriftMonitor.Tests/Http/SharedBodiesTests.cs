using System.Buffers;
using DriftMonitor.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Http;

public sealed class SharedBodiesTests
{
    private const int Size = 200_000;
    private readonly FakeTimeProvider _clock = new();
    private int _renderings;

    [Fact]
    public async Task Clients_that_ask_while_a_body_is_rendered_get_that_body()
    {
        using var bodies = new SharedBodies(_clock);
        var rendered = new TaskCompletionSource();
        Client[] clients = [.. Enumerable.Range(0, 100).Select(_ => new Client())];

        var sent = clients.Select(client => bodies.SendAsync(client.Context, "/x", version: null, async body =>
        {
            await rendered.Task;
            return Render(body);
        })).ToArray();
        rendered.SetResult();
        await Task.WhenAll(sent);

        Assert.Equal(1, _renderings);
        Assert.All(clients, client => Assert.Equal((200, Size), (client.Context.Response.StatusCode, client.Count)));
    }

    [Fact]
    public async Task A_body_is_shared_while_it_is_sent_if_it_is_of_the_same_version_and_key()
    {
        using var bodies = new SharedBodies(_clock);
        var slow = new Client { IsStalled = true };
        var sending = SendAsync(bodies, slow, "a");

        await SendAsync(bodies, new Client(), "a");
        Assert.Equal(1, _renderings);
        await SendAsync(bodies, new Client(), "b");
        Assert.Equal(2, _renderings);
        await bodies.SendAsync(new Client().Context, "/other", "a", body => ValueTask.FromResult(Render(body)));
        Assert.Equal(3, _renderings);

        slow.GoOn();
        await sending;
        await SendAsync(bodies, new Client(), "a"); // nobody holds it any more
        Assert.Equal(4, _renderings);
    }

    [Fact]
    public async Task A_body_is_given_to_the_connection_in_pieces_of_at_most_64_KiB()
    {
        var client = new Client();

        using var bodies = new SharedBodies(_clock);
        await SendAsync(bodies, client, "a");

        Assert.Equal(Size, client.Count);
        Assert.Equal(1 << 16, client.LargestPiece);
    }

    [Fact]
    public async Task Clients_that_do_not_read_hold_a_bounded_number_of_bodies_and_others_are_served_still()
    {
        using var bodies = new SharedBodies(_clock, mostBytes: 3 * Size);
        Client[] stalled = [.. Enumerable.Range(0, 100).Select(_ => new Client { IsStalled = true })];
        var sending = stalled.Select((client, i) => SendAsync(bodies, client, $"{i}")).ToList();
        Assert.Equal(3, _renderings);

        var reading = new Client();
        await SendAsync(bodies, reading, "newer"); // gets the newest of the three
        Assert.Equal((200, Size, 3), (reading.Context.Response.StatusCode, reading.Count, _renderings));

        _clock.Advance(SharedBodies.OldestReused + TimeSpan.FromSeconds(1));
        var refused = new Client();
        await SendAsync(bodies, refused, "newest");
        Assert.Equal((503, "5", 3), (refused.Context.Response.StatusCode, $"{refused.Context.Response.Headers.RetryAfter}", _renderings));

        Array.ForEach(stalled, client => client.GoOn());
        await Task.WhenAll(sending);
        var last = new Client();
        await SendAsync(bodies, last, "newest");
        Assert.Equal((200, Size, 4), (last.Context.Response.StatusCode, last.Count, _renderings));
    }

    [Fact]
    public async Task Different_bodies_are_rendered_one_after_another()
    {
        using var bodies = new SharedBodies(_clock);
        var (running, most) = (0, 0);
        var turns = Enumerable.Range(0, 20).Select(_ => new TaskCompletionSource()).ToArray();
        Client[] clients = [.. turns.Select(_ => new Client())];

        var sent = clients.Select((client, i) => bodies.SendAsync(client.Context, $"/x?limit={i}", version: null, async body =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await turns[i].Task;
            Interlocked.Decrement(ref running);
            return Render(body);
        })).ToList();
        Assert.Equal(1, running); // the others wait
        Array.ForEach(turns, turn => turn.SetResult());
        await Task.WhenAll(sent);

        Assert.Equal((1, 20), (most, _renderings));
        Assert.All(clients, client => Assert.Equal((200, Size), (client.Context.Response.StatusCode, client.Count)));
    }

    [Fact]
    public async Task Clients_that_ask_for_different_bodies_at_the_same_time_do_not_get_past_the_limit_while_they_wait()
    {
        using var bodies = new SharedBodies(_clock, mostBytes: 3 * Size);
        var first = new TaskCompletionSource();
        Client[] clients = [.. Enumerable.Range(0, 50).Select(_ => new Client { IsStalled = true })];
        var sent = clients.Select((client, i) => bodies.SendAsync(client.Context, $"/x?limit={i}", version: null, async body =>
        {
            await first.Task;
            return Render(body);
        })).ToList(); // all 50 have passed the check of the limit

        first.SetResult();
        Array.ForEach(clients[3..], client => client.GoOn()); // their refusals are sent; three hold a body each
        await Task.WhenAll(sent[3..]);

        Assert.Equal(3, _renderings);
        Assert.All(clients[3..], client => Assert.Equal(503, client.Context.Response.StatusCode));
        Array.ForEach(clients[..3], client => client.GoOn());
        await Task.WhenAll(sent);
        Assert.All(clients[..3], client => Assert.Equal((200, Size), (client.Context.Response.StatusCode, client.Count)));
    }

    [Fact]
    public async Task A_rendering_that_fails_for_one_client_is_made_again_for_the_others()
    {
        using var bodies = new SharedBodies(_clock);
        var failure = new TaskCompletionSource<BodyHead>();
        var first = bodies.SendAsync(new Client().Context, "/x", null, _ => new ValueTask<BodyHead>(failure.Task));
        var other = new Client();
        var second = SendAsync(bodies, other, version: null);

        failure.SetException(new OperationCanceledException());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await second;
        Assert.Equal((200, Size, 1), (other.Context.Response.StatusCode, other.Count, _renderings));
    }

    private Task SendAsync(SharedBodies bodies, Client client, string? version) =>
        bodies.SendAsync(client.Context, "/x", version, body => ValueTask.FromResult(Render(body)));

    private BodyHead Render(IBufferWriter<byte> body)
    {
        Interlocked.Increment(ref _renderings);
        body.Write(new byte[Size]);
        return new BodyHead(200, "text/plain");
    }

    /// <summary>A client, with the end of its connection at which the server writes.</summary>
    private sealed class Client : Stream
    {
        private readonly TaskCompletionSource _reading = new();

        public Client() => Context = new DefaultHttpContext { Request = { Method = "GET" }, Response = { Body = this } };

        public HttpContext Context { get; }

        public bool IsStalled { get; init; }

        public int Count { get; private set; }

        public int LargestPiece { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void GoOn() => _reading.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await (IsStalled ? _reading.Task : Task.CompletedTask);
            Count += buffer.Length;
            LargestPiece = Math.Max(LargestPiece, buffer.Length);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
