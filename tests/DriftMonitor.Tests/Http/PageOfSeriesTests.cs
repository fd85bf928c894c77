using System.Net;
using System.Text.RegularExpressions;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>What the page shows first, its search, a series' own page, and past alerts.</summary>
public sealed class PageOfSeriesTests
{
    [Fact]
    public async Task The_page_says_first_how_many_series_have_drifted()
    {
        await using var site = await Site.StartAsync(Segments());

        Assert.Contains("<p class=\"overview\"><b>1 of 40 series</b> has drifted</p>", await site.ReadAsync("/"));
    }

    [Fact]
    public async Task A_search_finds_series_that_the_page_does_not_show_by_a_part_of_their_name()
    {
        await using var site = await Site.StartAsync(Segments());

        var all = await site.ReadAsync("/");
        var found = await site.ReadAsync("/?q=CALM%2F3");

        Assert.DoesNotContain(">calm/35<", all); // twelve of a monitor are shown
        Assert.Equal(
            ["calm/3", .. Enumerable.Range(30, 9).Select(i => $"calm/{i}")],
            Regex.Matches(found, "<a class=\"segment\" href=\"[^\"]+\">\\s*([^<]+)</a>").Select(link => link.Groups[1].Value).Order());
        Assert.Contains("10 series found with “CALM/3” in the name – <a href=\"./\">show all</a>", found);
        Assert.Contains("name=\"q\" value=\"CALM/3\"", found);
        Assert.DoesNotContain("<caption>Alerts", found); // those of series that were not searched for
        Assert.Contains("0 series found", await site.ReadAsync("/?q=nothing"));
    }

    [Fact]
    public async Task A_series_has_a_page_of_its_own_with_the_bins_of_every_window()
    {
        await using var site = await Site.StartAsync(Segments());
        var link = Regex.Match(await site.ReadAsync("/"), "<a class=\"segment\" href=\"([^\"]+)\">\\s*moved</a>").Groups[1].Value;

        var page = await site.ReadAsync("/" + WebUtility.HtmlDecode(link));

        Assert.Equal("?monitor=delay&segment=moved", WebUtility.HtmlDecode(link));
        Assert.Single(Regex.Matches(page, "<tr class=\"head\">"));
        Assert.Contains("What moved most over 60m in moved", page);
        Assert.Contains("What moved most over 2h in moved", page);
        Assert.Contains("shown: delay, moved – <a href=\"./\">show all</a>", page);
        var missing = await site.ReadAsync("/?monitor=delay&segment=gone", HttpStatusCode.NotFound);
        Assert.Contains("there is no series of this name: delay, gone", missing);
    }

    [Fact]
    public async Task Past_alerts_are_shown_with_their_length_their_peak_and_the_bins_that_moved()
    {
        var scene = Segments();
        scene.Play();
        for (var hour = 2; hour < 6; hour++)
        {
            for (var i = 0; i < 8; i++)
            {
                scene.Source.Event(0, $$"""{"x":{{5 + 10 * (i % 4)}},"segment":"moved"}""", At($"2013-02-09T0{hour}:{10 + i}Z"));
            }
        }

        await using var site = await Site.StartAsync(scene);
        scene.Play();

        var page = await site.ReadAsync("/?monitor=delay&segment=moved");

        Assert.Contains("<caption>Alerts, the newest first</caption>", page);
        Assert.Matches(
            "(?s)<td class=\"when\"><time[^>]*>[^<]*2013-02-09 01:00[^<]*</time></td><td class=\"number\">2 hours</td>"
            + "<td class=\"number\">1\\.3[0-9]* over 60m</td><td><div>\\[0, 10\\) 25\\.0 % → 100\\.0 %</div>",
            page);
        Assert.DoesNotContain("<caption>Alerts", await site.ReadAsync("/?monitor=delay&segment=calm%2F1"));
    }

    [Theory]
    [InlineData("/?q=%3Cscript%3E")]
    [InlineData("/?monitor=%3Cscript%3E&segment=%22%3E%3Cscript%3E")]
    public async Task What_is_asked_for_is_text_and_never_markup(string path)
    {
        await using var site = await Site.StartAsync(Segments());

        using var response = await site.GetAsync(path);
        var page = await response.Content.ReadAsStringAsync();

        Assert.Single(Regex.Matches(page, "<script")); // page.js
        Assert.Contains("&lt;script&gt;", page);
    }

    [FactRequires(Tool.Chromium)]
    public async Task A_series_page_updates_without_a_reload_and_stays_that_of_the_series()
    {
        var scene = Segments();
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        var seen = await Browser.LookAsync(new Uri(site.Address, "/?monitor=delay&segment=moved"), TimeSpan.FromSeconds(5));

        Assert.Empty(seen.Console);
        Assert.Single(Regex.Matches(seen.Document, "<tr class=\"head\">"));
    }

    // Of 40 segments one has drifted: all of its events are in one bin.
    private static Scene Segments()
    {
        string[] segments = ["moved", .. Enumerable.Range(0, 39).Select(i => $"calm/{i}")];
        var source = new ScriptedSource().Partitions(1);
        foreach (var segment in segments)
        {
            for (var i = 0; i < 8; i++)
            {
                var x = segment == "moved" ? 5 : 5 + 10 * (i % 4);
                source.Event(0, $$"""{"x":{{x}},"segment":"{{segment}}"}""", At("2013-02-09T00:10Z"));
            }
        }

        foreach (var segment in segments)
        {
            source.Event(0, $$"""{"x":5,"segment":"{{segment}}"}""", At("2013-02-09T01:30Z"));
        }

        var scene = new Scene(source.CaughtUp(0), Watch(
            rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1), segments: segments, minimumEvents: 2));
        scene.Play();
        return scene;
    }
}
