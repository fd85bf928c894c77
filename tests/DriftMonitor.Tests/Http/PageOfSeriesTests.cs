using System.Net;
using System.Text.RegularExpressions;
using DriftMonitor.Core.Alerts;
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

        Assert.DoesNotContain(">calm/35<", all); // it is on the second page
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
            "(?s)<time datetime=\"2013-02-09T01:00:00Z\">[^<]+</time></td>"
            + "<td[^>]*><time datetime=\"2013-02-09T03:00:00Z\">[^<]+</time></td>"
            + "<td[^>]*>2 hours</td><td[^>]*>1\\.3[0-9]* over 60m</td><td[^>]*></td><td[^>]*><div>\\[0, 10\\) 25\\.0 % → 100\\.0 %</div>",
            page);
        Assert.DoesNotContain("<caption>Alerts", await site.ReadAsync("/?monitor=delay&segment=calm%2F1"));
    }

    // a and c are nearly as their reference, with many events; d moved further than c, but has so few events that it is less rare.
    [Theory]
    [InlineData("", "b d c a")]
    [InlineData("nonsense", "b d c a")]
    [InlineData("kl", "b d c a")]
    [InlineData("return_period", "b c d a")]
    [InlineData("events", "a c d b")]
    [InlineData("name", "a b c d")]
    public async Task Series_are_sorted_by_what_a_link_says(string order, string expected)
    {
        var source = new ScriptedSource().Partitions(1);
        (string, int[])[] segments = [("a", [20, 20, 20, 20]), ("b", [8, 0, 0, 0]), ("c", [16, 8, 8, 8]), ("d", [6, 2, 2, 2])];
        foreach (var (segment, counts) in segments)
        {
            for (var bin = 0; bin < 4; bin++)
            {
                source.Events(counts[bin], 0, $$"""{"x":{{5 + 10 * bin}},"segment":"{{segment}}"}""", At("2013-02-09T00:10Z"));
            }
        }

        source.Event(0, """{"x":5,"segment":"a"}""", At("2013-02-09T01:30Z"));
        var scene = new Scene(source, Watch(
            rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1), segments: ["a", "b", "c", "d"], isCalibrated: true));
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        var page = await site.ReadAsync($"/?sort={order}");

        var links = Regex.Matches(page, "<a class=\"segment\"[^>]*>([^<]+)<").Select(link => link.Groups[1].Value);
        Assert.Equal(expected, string.Join(' ', links));
        var word = order is "" or "nonsense" ? "./" : $"?sort={order}";
        Assert.Contains($"<a href=\"{word}\" aria-current=\"true\">", page);
    }

    [Fact]
    public async Task A_monitor_with_many_segments_does_not_hide_the_next_one()
    {
        var source = new ScriptedSource().Partitions(1).Events(8, 0, """{"x":5,"segment":"s0"}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5,"segment":"s0"}""", At("2013-02-09T01:30Z"));
        string[] segments = [.. Enumerable.Range(0, 30).Select(i => $"s{i}")];
        var scene = new Scene(source, Watch("many", segments: segments), Watch("last"));
        scene.Play();
        await using var site = await Site.StartAsync(scene);

        var names = Regex.Matches(await site.ReadAsync("/"), "<a class=\"name\"[^>]*>([^<]+)<").Select(link => link.Groups[1].Value);

        Assert.Equal(["many", "many", "many", "many", "many", "last", "many"], names.Take(7));
    }

    [Theory]
    [InlineData("/?page=2", 20, "21 to 40 of 40 series", "./")]
    [InlineData("/?page=99", 20, "21 to 40 of 40 series", "./")]
    [InlineData("/?page=0", 20, "1 to 20 of 40 series", "?page=2")]
    [InlineData("/?page=-1", 20, "1 to 20 of 40 series", "?page=2")]
    [InlineData("/?q=calm&page=2&sort=kl", 19, "21 to 39 of 39 series", "?q=calm&sort=kl")]
    public async Task A_page_of_the_list_links_to_the_others_with_the_same_search_and_order(
        string path, int shown, string range, string link)
    {
        await using var site = await Site.StartAsync(Segments());

        var page = WebUtility.HtmlDecode(await site.ReadAsync(path));

        Assert.Equal(shown, Regex.Count(page, "<a class=\"segment\""));
        Assert.Contains(range, page);
        Assert.Contains($"<a href=\"{link}\">", page);
    }

    [Fact]
    public async Task All_curves_of_a_monitor_have_the_scale_of_the_highest()
    {
        await using var site = await Site.StartAsync(Segments());

        var page = await site.ReadAsync("/");
        var tops = Regex.Matches(WebUtility.HtmlDecode(page), "text-anchor=\"end\">([0-9.]+)</text>\n</svg>")
            .Select(top => top.Groups[1].Value).ToList();

        Assert.Equal(20, tops.Count);
        Assert.All(tops, top => Assert.Equal("1.5", top));
        Assert.Contains("All curves of a monitor have the same scale", page);
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

    // Of 40 segments one has drifted: all of its events are in one bin.
    internal static Scene Segments()
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
