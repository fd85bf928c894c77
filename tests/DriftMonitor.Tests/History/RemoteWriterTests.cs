using System.Net.Sockets;
using DriftMonitor.History;
using DriftMonitor.Metrics;
using DriftMonitor.Samples;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>How days are sent by remote write, and what is told of a receiver that does not take them.</summary>
public sealed class RemoteWriterTests : IAsyncLifetime, IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly ImmediateTime _time = new();
    private readonly List<string> _remarks = [];
    private readonly SampleSpool _spool = RecordedDays.NewSpool();
    private RemoteReceiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await RemoteReceiver.StartAsync();

    public Task DisposeAsync() => _receiver.DisposeAsync().AsTask();

    public void Dispose()
    {
        _spool.Dispose();
        _workshop.Dispose();
    }

    [Fact]
    public void Samples_come_by_time_with_their_labels_sorted_and_empty_ones_left_out()
    {
        Send(Day(samples: 2));

        Assert.Equal(
            [
                """{__name__="a",monitor="x"} 0.5 1360368000000""",
                """{__name__="b_total",monitor="x",segment="é "q""} 0 1360368000000""",
                """{__name__="a",monitor="x"} 1.5 1360371600000""",
                """{__name__="b_total",monitor="x",segment="é "q""} 1 1360371600000""",
            ],
            Assert.Single(_receiver.Accepted));
        var headers = Assert.Single(_receiver.Requests);
        Assert.Equal(
            ("snappy", "application/x-protobuf", "0.1.0"),
            (headers["Content-Encoding"], headers["Content-Type"], headers["X-Prometheus-Remote-Write-Version"]));
        Assert.StartsWith("DriftMonitor/", headers["User-Agent"]);
        Assert.DoesNotContain("Authorization", headers.Keys);
    }

    [Fact]
    public void A_day_is_sent_in_batches_of_at_most_2000_samples()
    {
        Assert.Equal(2 * 1201, Send(Day(samples: 1201, TimeSpan.FromMinutes(1))));

        Assert.Equal([2000, 402], _receiver.Accepted.Select(batch => batch.Length));
    }

    // Each attempt sends the same batch, which is accepted once. A number of seconds or a date in Retry-After is kept to.
    [Fact]
    public void What_may_pass_is_tried_again_after_the_time_that_the_receiver_asks_for()
    {
        _receiver.AnswerOnce(429, "slow down", retryAfter: "7");
        _receiver.AnswerOnce(503, retryAfter: _time.GetUtcNow().AddSeconds(90).ToString("R"));
        _receiver.AnswerOnce(500);
        _receiver.AnswerOnce(503, retryAfter: "86400");

        Assert.Equal(2, Send(Day(samples: 1)));

        Assert.Single(_receiver.Accepted);
        Assert.Equal([7, 90], _time.Delays.Take(2).Select(delay => delay.TotalSeconds));
        Assert.InRange(_time.Delays[2].TotalSeconds, 0.1, 30);
        Assert.Equal(600, _time.Delays[3].TotalSeconds); // a day would be no retry any more
        Assert.Equal([$"--remote-write {_receiver.Url}: 429 TooManyRequests: slow down: it is tried again up to 10 times"], _remarks);
    }

    [Fact]
    public void A_receiver_that_always_fails_is_given_up_after_ten_retries()
    {
        for (var i = 0; i < 20; i++)
        {
            _receiver.AnswerOnce(503, "maintenance");
        }

        Assert.Equal(
            $"--remote-write {_receiver.Url} still fails after 10 retries (503 ServiceUnavailable: maintenance): "
                + "repeat the replay later; what has arrived is kept once",
            Fault());
        Assert.Equal(11, _receiver.Requests.Count);
    }

    [Theory]
    [InlineData(400, "out of bounds")] // Prometheus
    [InlineData(500, "too old sample")] // Prometheus before 2.44
    [InlineData(400, "failed pushing to ingester: user=x: the sample has been rejected because its timestamp is too old")] // Mimir
    public void A_receiver_that_takes_no_old_samples_is_told_with_the_setting_of_Prometheus(int code, string text)
    {
        _receiver.AnswerOnce(code, $"{text}\n");

        Assert.Matches(
            @"^--remote-write \S+ refuses samples of 2013-02-09 as too old \(\d00 \w+: [^()]+\): for Prometheus, set "
                + @"storage\.tsdb\.out_of_order_time_window in its configuration to more than their age, or use --blocks$",
            Fault());
        Assert.Single(_receiver.Requests);
    }

    [Theory]
    [InlineData(401, "", null, "refuses access (401 Unauthorized): check --remote-write-auth")]
    [InlineData(404, "404 page not found", null,
        "has no receiver (404 NotFound: 404 page not found): Prometheus needs --web.enable-remote-write-receiver and the path "
            + "/api/v1/write")]
    [InlineData(302, "", "/login", "has moved to /login: use that address")]
    [InlineData(400, "label name is\nno good", null, "refuses samples of 2013-02-09 (400 BadRequest: label name is no good)")]
    public void What_will_not_pass_is_told_at_once(int code, string text, string? location, string fault)
    {
        _receiver.AnswerOnce(code, text, location: location);

        Assert.Equal($"--remote-write {_receiver.Url} {fault}", Fault());
        Assert.Single(_receiver.Requests);
    }

    [Fact]
    public void A_receiver_that_is_not_there_is_told_with_its_address()
    {
        var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var writer = new RemoteWriter(new Uri($"http://127.0.0.1:{port}/write"), null, _time, _remarks.Add);

        var fault = Assert.Throws<HistoryException>(() => writer.Write(Day(samples: 1), CancellationToken.None)).Message;

        Assert.StartsWith($"--remote-write http://127.0.0.1:{port}/write cannot be reached (Connection refused", fault);
        Assert.Equal(10, _time.Delays.Count);
    }

    [Theory]
    [InlineData("Bearer abc.def-123\n", "Bearer abc.def-123")]
    [InlineData("Basic Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
    public void Authorization_comes_from_a_file(string file, string header)
    {
        Send(Day(samples: 1), _workshop.Write("auth", file));

        Assert.Equal(header, Assert.Single(_receiver.Requests)["Authorization"]);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("Bearer ")]
    [InlineData("Bearer two words")]
    [InlineData("Basic Aladdin")]
    [InlineData("")]
    public void A_file_without_authorization_is_refused_without_being_shown(string file)
    {
        var path = _workshop.Write("auth", file);

        var fault = Assert.Throws<UsageException>(() => new RemoteWriter(_receiver.Url, path, _time, _remarks.Add)).Message;

        Assert.Equal($"--remote-write-auth {path}: write one line in it, Bearer TOKEN or Basic USER:PASSWORD", fault);
    }

    [Fact]
    public void An_interruption_ends_the_retries()
    {
        using var stopping = new CancellationTokenSource();
        using var writer = new RemoteWriter(_receiver.Url, null, _time, _ => stopping.Cancel());
        _receiver.AnswerOnce(503);

        Assert.ThrowsAny<OperationCanceledException>(() => writer.Write(Day(samples: 1), stopping.Token));
        Assert.Empty(_receiver.Accepted);
    }

    private string Fault() => Assert.Throws<HistoryException>(() => Send(Day(samples: 1))).Message;

    private long Send(HistoryDay day, string? authorization = null)
    {
        using var writer = new RemoteWriter(_receiver.Url, authorization, _time, _remarks.Add);
        writer.Write(day, CancellationToken.None);
        return writer.Sent;
    }

    // Two series, with so many samples each from midnight on.
    private HistoryDay Day(int samples, TimeSpan? apart = null)
    {
        var day = new HistoryDay(new DateOnly(2013, 2, 9), _spool);
        var a = new HistoryFamily("a", MetricKind.Gauge, "");
        var b = new HistoryFamily("b", MetricKind.Counter, "");
        var of = new HistorySeries(a, Labels.Of(("monitor", "x"), ("segment", "")), [("monitor", "x")]);
        var other = new HistorySeries(
            b, Labels.Of(("monitor", "x"), ("segment", "é \"q\"")), [("monitor", "x"), ("segment", "é \"q\"")]);
        for (var i = 0; i < samples; i++)
        {
            var time = Scene.At("2013-02-09T00:00Z") + i * (apart ?? TimeSpan.FromHours(1));
            day.Add(other, time, i);
            day.Add(of, time, i + 0.5);
        }

        return day;
    }

    /// <summary>A clock whose timers are due at once; it keeps what they were set to.</summary>
    private sealed class ImmediateTime : TimeProvider
    {
        public List<TimeSpan> Delays { get; } = [];

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
            {
                Delays.Add(dueTime);
            }

            return System.CreateTimer(callback, state, TimeSpan.FromTicks(Math.Min(dueTime.Ticks, 0)), period);
        }
    }
}
