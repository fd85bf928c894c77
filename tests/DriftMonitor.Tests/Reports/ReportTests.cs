using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Http;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Reports;

/// <summary><c>replay --report</c> on the flights of tests/data.</summary>
public sealed partial class ReportTests : IDisposable
{
    private static readonly string[] Replay = ["replay", "--config", "config.json", "--file", Workshop.Flights];

    private readonly Workshop _workshop = new();

    public ReportTests()
    {
        var monitor = Workshop.Delays();
        monitor["Alert"] = new JsonObject { ["Window"] = "24h", ["FireAbove"] = 0.5, ["ResolveBelow"] = 0.3 };
        _workshop.Configure("127.0.0.1:1", monitor);
        _workshop.Write("departure-delay.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay",
             "bins":{"kind":"edges","edges":[-60,-10,-5,0,5,10,15,30,60,120,240,2000]},
             "counts":{"regular":[4000,11000,19000,7000,3500,2500,4000,3500,3100,1400,300],"special":{"missing":1200}}}
            """);
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_report_has_the_alerts_of_the_summary_and_a_chart_of_each_window()
    {
        var summary = _workshop.Run([.. Replay, "--report", "report.html"]).Output;

        var alerts = SummaryAlert().Matches(summary);
        var page = File.ReadAllText(_workshop["report.html"]);
        Assert.NotEmpty(alerts);
        Assert.Equal(
            alerts.Select(alert => $"{alert.Groups[1]} {alert.Groups[2]} {alert.Groups[3]}"),
            TableAlert().Matches(page).Select(alert => $"{alert.Groups[1]} {alert.Groups[2]} {alert.Groups[3]}"));
        Assert.Equal(2, page.Split("<div class=\"time\"").Length - 1);
        Assert.Equal(2 * alerts.Count, page.Split("<rect class=\"fired\"").Length - 1);
        Assert.Single(page.Split("<line class=\"level\"")[1..]); // of the window that the alert is about
        Assert.Contains($"<p class=\"soft\">{summary.TrimEnd().Split('\n')[^1]}</p>", page); // what was read
        Assert.DoesNotContain("time                  ", summary); // the table of readings, which was not asked for
    }

    [FactRequires(Tool.Chromium)]
    public async Task A_browser_shows_it_without_a_request_or_an_error()
    {
        _workshop.Run([.. Replay, "--report", "report.html"]);
        var page = File.ReadAllText(_workshop["report.html"]);

        var browser = new Browser();
        try
        {
            await using var tab = await browser.OpenAsync(new Uri(_workshop["report.html"]));

            Assert.Empty(tab.Console);
            Assert.Single(tab.Requests);
            Assert.Contains("<div class=\"time\"", await tab.DocumentAsync());
        }
        finally
        {
            await browser.DisposeAsync();
        }

        Assert.DoesNotMatch("(src|href)=|url\\(|@import|<script", page);
        Assert.Contains("content=\"default-src 'none'; style-src 'unsafe-inline'\"", page);
    }

    [Fact]
    public void Names_from_the_stream_are_text_and_segments_with_alerts_come_first()
    {
        var monitor = Workshop.Delays();
        (monitor["SegmentBy"], monitor["MinimumEvents"]) = ("origin", 5);
        monitor["Alert"] = new JsonObject { ["Window"] = "24h", ["FireAbove"] = 0.5, ["ResolveBelow"] = 0.3 };
        monitor["Name"] = "delay";
        _workshop.Configure("127.0.0.1:1", monitor);
        _workshop.Write("departure-delay.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay",
             "bins":{"kind":"edges","edges":[-60,0,2000]},
             "counts":{"regular":[400,300],"special":{"missing":12}},
             "segments":{"<b>calm":{"counts":{"regular":[200,200],"special":{"missing":6}}},
              "moved":{"counts":{"regular":[200,100],"special":{"missing":6}}}}}
            """);
        var events = new StringWriter();
        for (var minute = 0; minute < 4 * 24 * 60; minute += 10)
        {
            var time = $"2013-02-{9 + minute / 1440:00}T{minute / 60 % 24:00}:{minute % 60:00}:00Z";
            events.WriteLine($$"""{"time":"{{time}}","origin":"<b>calm","dep_delay":{{(minute % 20 == 0 ? -5 : 5)}}}""");
            events.WriteLine($$"""{"time":"{{time}}","origin":"moved","dep_delay":50}""");
        }

        _workshop.Write("events.ndjson", events.ToString());

        _workshop.Run("replay", "--config", "config.json", "--file", "events.ndjson", "--report", "report.html").Succeeded();

        var page = File.ReadAllText(_workshop["report.html"]);
        Assert.InRange(
            page.IndexOf("<h3>moved</h3>", StringComparison.Ordinal), 1, page.IndexOf("<h3>&lt;b&gt;calm</h3>", StringComparison.Ordinal));
        Assert.DoesNotContain("<b>calm", page);
        Assert.Matches("""<td data-label="Segment">moved</td><td class="when" data-label="From"><time datetime="2013-02-1""", page);
    }

    [Fact]
    public void A_report_replaces_an_earlier_one_and_nothing_else()
    {
        string[] replay = [.. Replay, "--from", "2013-03-01T00:00:00Z", "--report"];
        _workshop.Run([.. replay, "report.html"]).Succeeded();
        _workshop.Run([.. replay, "report.html"]).Succeeded();
        _workshop.Write("other.html", "<!DOCTYPE html>");

        _workshop.Refuses(
            1,
            "cannot write other.html: the file exists and is not a report of replay; remove it first, or choose another file",
            [.. replay, "other.html"]);
        _workshop.Refuses(1, "cannot write nowhere/r.html: there is no such folder", [.. replay, "nowhere/r.html"]);
        _workshop.Refuses(1, "cannot write /proc/r.html: files cannot be stored there; choose another file", [.. replay, "/proc/r.html"]);
        _workshop.Refuses(
            2, "--report config.json is the configuration file: choose another file", [.. replay, "config.json"]);
        _workshop.Refuses(
            2,
            "--what-if compares settings and gives no readings: leave out --report",
            [.. replay, "report.html", "--what-if", "settings.json"]);
        Assert.Equal("<!DOCTYPE html>", File.ReadAllText(_workshop["other.html"]));
    }

    [GeneratedRegex(@"^  from (\S+) to (\S+): peak KL (\S+) nats", RegexOptions.Multiline)]
    private static partial Regex SummaryAlert();

    [GeneratedRegex(
        """<td class="when" data-label="From"><time datetime="([^"]+)">[^<]+</time></td>"""
        + """<td class="when" data-label="To"><time datetime="([^"]+)">[^<]+</time></td>"""
        + """<td class="number" data-label="Lasted">[^<]+</td><td class="number" data-label="Peak KL">(\S+) over""")]
    private static partial Regex TableAlert();
}
