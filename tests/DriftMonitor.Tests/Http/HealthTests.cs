using System.Net;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

public sealed class HealthTests : IDisposable
{
    private const HttpStatusCode Unavailable = HttpStatusCode.ServiceUnavailable;

    private readonly ScriptedSource _source = new("flights");

    [Fact]
    public async Task Liveness_depends_on_the_loop_and_never_on_the_broker()
    {
        var scene = new Scene(_source.Troubled("kafka-1:9092: connection refused"), Watch(topic: "flights"));
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        site.SinceLastTurn = TimeSpan.FromSeconds(59);
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/live"));
        Assert.Equal("ok\n", await site.ReadAsync("/livez"));

        site.SinceLastTurn = TimeSpan.FromSeconds(61);
        Assert.Equal("loop: last turn 61.0 s ago, and 60 s are too long\n", await site.ReadAsync("/healthz/live", Unavailable));
    }

    [Fact]
    public async Task The_service_is_ready_when_every_partition_is_known_and_read_to_its_end()
    {
        var scene = new Scene(_source, Watch(topic: "flights"));
        await using var site = await Site.StartAsync(scene);
        Assert.Equal(
            "partitions: those of topic flights are not known yet\ncaught_up: not every partition has been read to its end\n",
            await site.ReadAsync("/healthz/ready", Unavailable));

        _source.Partitions(2).Event(0, "{}", At("2013-02-09T00:10Z")).CaughtUp(0);
        scene.Play();
        Assert.Equal("caught_up: not every partition has been read to its end\n", await site.ReadAsync("/readyz", Unavailable));

        _source.CaughtUp(1);
        scene.Play();
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
        Assert.Equal(
            """
            [+] loop: last turn 0.0 s ago
            [+] source: no trouble
            [+] partitions: topic flights has 2
            [+] caught_up: every partition has been read to its end
            [+] progress: topic flights has no unread events
            [+] rejected: 0 of 1 event of topic flights could not be read
            [+] rejected: 0 of 0 events were rejected for monitor delay
            [+] readings: no pane of monitor delay has closed yet
            ok

            """,
            await site.ReadAsync("/healthz/ready?verbose"));
    }

    [Fact]
    public async Task Readiness_gives_the_reason_of_a_trouble_and_recovers_from_it()
    {
        _source.Partitions(1).CaughtUp(0).Troubled("kafka-1:9092: connection refused\n[+] forged: ok");
        var scene = new Scene(_source, Watch(topic: "flights"));
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        Assert.Equal("source: kafka-1:9092: connection refused [+] forged: ok\n", await site.ReadAsync("/healthz/ready", Unavailable));

        _source.Troubled(null);
        scene.Play();
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
    }

    [Fact]
    public async Task Readiness_says_where_readings_are_untrusted_and_stays_good()
    {
        _source.Partitions(1)
            .Events(6, 0, """{"x":5}""", At("2013-02-09T00:10Z")).Events(4, 0, """{"x":""", At("2013-02-09T00:20Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z")).CaughtUp(0);
        var scene = new Scene(_source, Watch(topic: "flights"));
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
        Assert.Contains(
            "[!] rejected: readings of monitor delay are untrusted, and its alert is held: 40.0 % of the events of 60m, 40.0 % of the "
            + "events of 2h were rejected, above MaxRejected (20.0 %)\n",
            await site.ReadAsync("/healthz/ready?verbose"));

        _source.Events(9, 0, "no JSON", At("2013-02-09T01:40Z"));
        scene.Play();
        Assert.Contains(
            "[!] rejected: of 10 events since the last reading of monitor delay, 90.0 % were rejected, above MaxRejected (20.0 %)\n",
            await site.ReadAsync("/healthz/ready?verbose"));
    }

    [Fact]
    public async Task Readiness_names_a_partition_that_does_not_advance_and_liveness_does_not_care()
    {
        _source.Partitions(2).CaughtUp(0).CaughtUp(1).Undelivered(7, partition: 1);
        var scene = new Scene(_source, Watch(topic: "flights"));
        scene.Play();
        await using var site = await Site.StartAsync(scene);
        const string Stuck = "progress: partition 1 of topic flights has 7 unread events and did not advance for 60 seconds: look there "
            + "for an open transaction or a damaged record, and at the log of the broker\n";

        for (; site.Now < TimeSpan.FromSeconds(60); site.Now += TimeSpan.FromSeconds(5))
        {
            Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
        }

        Assert.Equal(Stuck, await site.ReadAsync("/healthz/ready", Unavailable));
        Assert.Equal(Stuck, await site.ReadAsync("/readyz", Unavailable));
        Assert.Contains($"[+] caught_up: every partition has been read to its end\n[-] {Stuck}[+] rejected: ",
            await site.ReadAsync("/healthz/ready?verbose", Unavailable));
        Assert.Contains("<b>Not ready.</b> progress: partition 1 of topic flights has 7 unread events", await site.ReadAsync("/"));
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/live"));
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/startup"));

        _source.Event(1, "{}", At("2013-02-09T00:10Z"));
        scene.Play();
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
        Assert.DoesNotContain("Not ready", await site.ReadAsync("/"));
    }

    [Fact]
    public async Task Readiness_gives_twenty_reasons_and_says_where_the_others_are()
    {
        var scene = new Scene(
            _source.Partitions(1).CaughtUp(0), [.. Enumerable.Range(0, 30).Select(i => Watch($"m{i}", topic: "flights"))]);
        scene.Play();
        await using var site = await Site.StartAsync(scene);
        _source.Events(50, 0, "{}"); // without a time
        scene.Play();
        for (; site.Now < TimeSpan.FromSeconds(60); site.Now += TimeSpan.FromSeconds(5))
        {
            Assert.Equal("ok\n", await site.ReadAsync("/healthz/ready"));
        }

        var lines = (await site.ReadAsync("/healthz/ready", Unavailable)).Split('\n');
        Assert.Equal(22, lines.Length);
        Assert.All(lines[..20], (line, i) => Assert.StartsWith($"rejected: monitor m{i}: all 50 events of the last 60 seconds", line));
        Assert.Equal(["10 more checks failed: see /healthz/ready?verbose", ""], lines[20..]);
        Assert.Equal(30, (await site.ReadAsync("/healthz/ready?verbose", Unavailable)).Split("[-] rejected: monitor m").Length - 1);

        var page = await site.ReadAsync("/");
        Assert.Equal(3, page.Split("<b>Not ready.</b> rejected: monitor m").Length - 1);
        Assert.Contains("""<a href="healthz/ready?verbose">27 more checks failed</a>""", page);
    }

    [Fact]
    public async Task Startup_ends_when_the_partitions_are_known_or_there_is_a_reason_why_not()
    {
        var scene = new Scene(_source, Watch(topic: "flights"));
        await using var site = await Site.StartAsync(scene);
        Assert.Equal(
            "source: the partitions of topic flights are not known yet\n",
            await site.ReadAsync("/healthz/startup", Unavailable));

        _source.Troubled("topic flights does not exist");
        scene.Play();
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/startup"));

        _source.Troubled(null).Partitions(1);
        scene.Play();
        Assert.Equal("ok\n", await site.ReadAsync("/healthz/startup"));
    }

    [Fact]
    public async Task Probes_are_plain_text_that_is_not_cached_and_answer_HEAD()
    {
        await using var site = await Site.StartAsync(new Scene(_source, Watch(topic: "flights")));

        using var response = await site.HeadAsync("/healthz/live");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    public void Dispose() => _source.Dispose();
}
