using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Text;
using DriftMonitor.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Tests.Telemetry.Prometheus;

public sealed class ScrapeTests : IDisposable
{
    private readonly Meter _meter = new($"driftmonitor-{Guid.NewGuid()}");
    private readonly CancellationTokenSource _release = new();

    [Fact]
    public async Task The_content_types_are_those_of_the_formats_asked_for()
    {
        var events = _meter.CreateCounter<long>("driftmonitor.events", "{event}", "Events consumed.");
        await using var page = await Page.StartAsync(_meter);
        events.Add(3, new KeyValuePair<string, object?>("topic", "flights"));

        using var text = await page.GetAsync();
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", Assert.Single(text.Content.Headers.GetValues("Content-Type")));
        Assert.Equal("Accept, Accept-Encoding", string.Join(", ", text.Headers.GetValues("Vary")));
        Assert.Equal(
            "# HELP driftmonitor_events_total Events consumed.\n# TYPE driftmonitor_events_total counter\ndriftmonitor_events_total{topic=\"flights\"} 3\n",
            await text.Content.ReadAsStringAsync());

        using var openMetrics = await page.GetAsync(("Accept", "application/openmetrics-text; version=1.0.0"));
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", Assert.Single(openMetrics.Content.Headers.GetValues("Content-Type")));
        Assert.Equal(
            "# TYPE driftmonitor_events counter\n# HELP driftmonitor_events Events consumed.\ndriftmonitor_events_total{topic=\"flights\"} 3\n# EOF\n",
            await openMetrics.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Instruments_of_every_kind_are_exposed_in_the_order_of_their_names_and_labels()
    {
        var topic = new KeyValuePair<string, object?>("messaging.topic", "flights");
        var balance = _meter.CreateUpDownCounter<double>("z.balance");
        _meter.CreateObservableGauge("y.gauge", () => new Measurement<long>[] { new(2, new("b", true), new("a", 1)), new(1, new("b", false), new("a", 1)) });
        var polls = _meter.CreateHistogram("x.poll.duration", "s", "Time a poll took.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        var time = _meter.CreateCounter<double>("w.time", "s");
        _meter.CreateObservableCounter("v.clash", () => new Measurement<long>(7, new("a.b", "1"), new("a_b", "2")));
        _meter.CreateCounter<long>("u.without.a.value");
        await using var page = await Page.StartAsync(_meter);
        balance.Add(-1.5);
        polls.Record(0.05, topic);
        polls.Record(0.25, topic);
        polls.Record(8, topic);
        time.Add(1.25);

        Snapshot.Matches("Telemetry/Snapshots/instruments.OpenMetrics100.txt", await page.ReadAsync(("Accept", "application/openmetrics-text")));
        Snapshot.Matches("Telemetry/Snapshots/instruments.Text004.txt", await page.ReadAsync());
    }

    [Fact]
    public async Task Both_formats_come_from_one_collection()
    {
        var collections = 0;
        _meter.CreateObservableGauge("g", () => ++collections);
        await using var page = await Page.StartAsync(_meter, options => options.ScrapeResponseCacheDurationMilliseconds = int.MaxValue);

        Assert.EndsWith("g 1\n", await page.ReadAsync());
        Assert.EndsWith("g 1\n# EOF\n", await page.ReadAsync(("Accept", "application/openmetrics-text")));
    }

    [Fact]
    public async Task A_collection_serves_later_scrapes_until_it_is_300_ms_old()
    {
        var collections = 0;
        var time = new ManualTime();
        _meter.CreateObservableGauge("g", () => ++collections);
        await using var page = await Page.StartAsync(_meter, options => (options.TimeProvider, options.ScrapeResponseCacheDurationMilliseconds) = (time, 300));

        Assert.EndsWith("g 1\n", await page.ReadAsync());
        time.Milliseconds = 299;
        Assert.EndsWith("g 1\n", await page.ReadAsync());
        time.Milliseconds = 300;
        Assert.EndsWith("g 2\n", await page.ReadAsync());
    }

    [Fact]
    public async Task One_snapshot_is_pinned_before_each_collection()
    {
        var (published, pinned) = (41, 0);
        _meter.CreateObservableGauge("a", () => pinned);
        _meter.CreateObservableGauge("b", () => pinned);
        await using var page = await Page.StartAsync(_meter, options => options.BeforeCollect = () => pinned = ++published);

        Assert.Equal("# TYPE a gauge\na 42\n# TYPE b gauge\nb 42\n", await page.ReadAsync());
        Assert.Equal("# TYPE a gauge\na 43\n# TYPE b gauge\nb 43\n", await page.ReadAsync());
    }

    [Fact]
    public async Task The_series_of_a_segment_that_is_gone_is_gone_from_the_next_scrape()
    {
        string[] segments = ["EWR", "JFK", "LGA"];
        _meter.CreateObservableGauge("g", () => segments.Select(segment => new Measurement<double>(0.5, new KeyValuePair<string, object?>("segment", segment))));
        await using var page = await Page.StartAsync(_meter);
        Assert.Equal("# TYPE g gauge\ng{segment=\"EWR\"} 0.5\ng{segment=\"JFK\"} 0.5\ng{segment=\"LGA\"} 0.5\n", await page.ReadAsync());

        segments = ["EWR", "LGA"];
        Assert.Equal("# TYPE g gauge\ng{segment=\"EWR\"} 0.5\ng{segment=\"LGA\"} 0.5\n", await page.ReadAsync());

        segments = ["EWR", "JFK", "LGA"];
        Assert.Equal("# TYPE g gauge\ng{segment=\"EWR\"} 0.5\ng{segment=\"JFK\"} 0.5\ng{segment=\"LGA\"} 0.5\n", await page.ReadAsync());
    }

    [Fact]
    public async Task A_meter_made_anew_takes_over_the_series_of_the_old()
    {
        await using var page = await Page.StartAsync(_meter);
        var old = new Meter(_meter.Name);
        old.CreateObservableGauge("g", () => 1);
        Assert.EndsWith("g 1\n", await page.ReadAsync());

        old.Dispose();
        _meter.CreateObservableGauge("g", () => 2);
        Assert.Equal("# TYPE g gauge\ng 2\n", await page.ReadAsync());
        Assert.Equal("# TYPE g gauge\ng 2\n", await page.ReadAsync());
    }

    // OpenTelemetry never gives back a label set's place, so it is over a process's life that their number is limited.
    [Theory]
    [InlineData(2_000)]
    [InlineData(3_000)]
    public async Task Beyond_the_cardinality_limit_there_is_one_overflow_series(int limit)
    {
        _meter.CreateObservableGauge("g", () => Enumerable.Range(0, 2_500).Select(i => new Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        await using var page = await Page.StartAsync(_meter, view: metrics => metrics.AddView("*", new MetricStreamConfiguration { CardinalityLimit = limit }));

        var body = await page.ReadAsync();
        Assert.Equal(limit < 2_500, body.Contains("g{otel_metric_overflow=\"true\"} 2499\n", StringComparison.Ordinal));
        Assert.Equal(Math.Min(limit + 1, 2_500), body.Split('\n').Count(line => line.StartsWith("g{", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_hundred_scrapes_at_once_are_all_whole()
    {
        _meter.CreateObservableGauge("g", () => Enumerable.Range(0, 1_999).Select(i => new Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        await using var page = await Page.StartAsync(_meter);

        var bodies = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            i % 2 == 0 ? page.ReadAsync() : page.ReadAsync(("Accept", "application/openmetrics-text"), ("Accept-Encoding", "gzip"))));

        Assert.Equal(2, bodies.Distinct().Count());
        Assert.All(bodies, body => Assert.Equal(1_999, body.Split('\n').Count(line => line.StartsWith("g{", StringComparison.Ordinal))));
        Assert.Equal(100, bodies.Count(body => body.EndsWith("# EOF\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Gzip_is_served_where_it_is_accepted()
    {
        _meter.CreateObservableGauge("g", () => 1);
        await using var page = await Page.StartAsync(_meter);

        using var zipped = await page.GetAsync(("Accept-Encoding", "gzip"));
        Assert.Equal("gzip", Assert.Single(zipped.Content.Headers.ContentEncoding));
        Assert.Equal(zipped.Content.Headers.ContentLength, (await zipped.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal("# TYPE g gauge\ng 1\n", await Page.ReadAsync(zipped));

        using var plain = await page.GetAsync(("Accept-Encoding", "gzip;q=0"));
        Assert.Empty(plain.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Head_tells_the_length_and_other_methods_are_refused()
    {
        _meter.CreateObservableGauge("g", () => 1);
        await using var page = await Page.StartAsync(_meter);

        using var head = await page.SendAsync(HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, 19), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var post = await page.SendAsync(HttpMethod.Post);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task A_scrape_without_metrics_is_a_failure_and_not_an_empty_page()
    {
        await using var page = await Page.StartAsync(_meter);
        using var response = await page.GetAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("The metrics could not be collected; the log says why.\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_failed_collection_is_told_and_the_next_scrape_tries_again()
    {
        var fail = true;
        _meter.CreateObservableGauge("g", () => 1);
        await using var page = await Page.StartAsync(_meter, options => (options.ScrapeResponseCacheDurationMilliseconds, options.BeforeCollect) =
            (int.MaxValue, () => { if (fail) { throw new InvalidOperationException("no snapshot"); } }
        ));

        using var response = await page.GetAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        fail = false;
        Assert.EndsWith("g 1\n", await page.ReadAsync());
    }

    [Fact]
    public async Task Instruments_of_two_kinds_with_one_name_are_a_failure()
    {
        _meter.CreateObservableGauge("a.b", () => 1);
        _meter.CreateObservableCounter("a_b", () => 1);
        await using var page = await Page.StartAsync(_meter);
        using var response = await page.GetAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task A_scraper_that_will_hang_up_is_told_in_time()
    {
        _meter.CreateObservableGauge("g", () => { _release.Token.WaitHandle.WaitOne(); return 1; });
        await using var page = await Page.StartAsync(_meter, options => options.TimeProvider = new ManualTime());

        using var response = await page.GetAsync(("X-Prometheus-Scrape-Timeout-Seconds", "10"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("The metrics were not collected within the scrape's timeout.\n", await response.Content.ReadAsStringAsync());

        _release.Cancel();
        Assert.EndsWith("g 1\n", await page.ReadAsync(("X-Prometheus-Scrape-Timeout-Seconds", "soon")));
    }

    [FactRequires(Tool.Promtool)]
    public async Task Promtool_finds_nothing_to_lint_on_the_page()
    {
        _meter.CreateObservableGauge("driftmonitor.kl_divergence", () => new Measurement<double>(0.25, new KeyValuePair<string, object?>("segment", "\"{\\\n🌊")), "nats", "D(current‖reference).");
        _meter.CreateObservableCounter("driftmonitor.events", () => 3, "{event}", "Events consumed.");
        await using var page = await Page.StartAsync(_meter);
        Machine.RunOn(await page.ReadAsync(), Tool.Promtool, "check", "metrics").HasNothingToSay();
    }

    public void Dispose()
    {
        _release.Cancel();
        _release.Dispose();
        _meter.Dispose();
    }

    /// <summary>A clock moved by hand, on which every wait is over at once.</summary>
    private sealed class ManualTime : TimeProvider
    {
        public long Milliseconds { get; set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => Milliseconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }

    /// <summary>A host with the scrape endpoint, and a scraper.</summary>
    private sealed class Page(WebApplication host, HttpClient client) : IAsyncDisposable
    {
        public static async Task<Page> StartAsync(
            Meter meter, Action<PrometheusAspNetCoreOptions>? configure = null, Action<MeterProviderBuilder>? view = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            new OpenTelemetryServices(builder.Services).WithMetrics(metrics =>
            {
                view?.Invoke(metrics);
                metrics.AddMeter(meter.Name).AddPrometheusExporter(options =>
                {
                    options.ScrapeResponseCacheDurationMilliseconds = 0;
                    configure?.Invoke(options);
                });
            });
            var host = builder.Build();
            host.MapPrometheusScrapingEndpoint();
            await host.StartAsync();
            return new(host, new HttpClient { BaseAddress = new Uri(host.Urls.Single()) });
        }

        public static async Task<string> ReadAsync(HttpResponseMessage response)
        {
            var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
            using var text = new StreamReader(response.Content.Headers.ContentEncoding.Count > 0 ? new GZipStream(body, CompressionMode.Decompress) : body, Encoding.UTF8);
            return await text.ReadToEndAsync();
        }

        public async Task<string> ReadAsync(params (string Name, string Value)[] headers)
        {
            using var response = await GetAsync(headers);
            return await ReadAsync(response);
        }

        public Task<HttpResponseMessage> GetAsync(params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, headers);

        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, "/metrics");
            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return await client.SendAsync(request);
        }

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            await host.DisposeAsync();
        }
    }
}
