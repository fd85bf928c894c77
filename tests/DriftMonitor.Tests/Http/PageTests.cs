using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

public sealed class PageTests
{
    [Fact]
    public async Task The_page_shows_what_fires_since_when_and_which_bins_moved()
    {
        var page = await PageOf(Drifted());

        Assert.Contains("<title>(1 firing) DriftMonitor</title>", page);
        Assert.Contains(
            """<span class="badge firing">firing</span> <small>since <time datetime="2013-02-09T01:00:00Z">2013-02-09 01:00</time>""",
            page);
        Assert.Contains("""<td class="number kl above">1.388</td><td class="number soft">0.191</td><td class="number">8</td>""", page);
        Assert.Contains("fires above 0.3 nats over 60m, resolves below 0.1", page);
        Assert.Contains(
            """<span>[0, 10)</span></th><td class="number soft">25.0 %</td><td class="number">100.0 %</td><td class="number">0.637</td>""",
            WebUtility.HtmlDecode(page));
        Assert.Contains("KL over 60m at the last 1 pane: highest 1.388, last 1.388, fires above 0.3; 1 alert in this time", page);
    }

    [Theory]
    [InlineData(1, "fires at readings that the reference shows at most once in 60 days, for one false alarm in 30d over this series")]
    [InlineData(9,
        "fires at readings that the reference shows at most once in 540 days, for one false alarm in 30d over the 9 series that share it")]
    public async Task The_page_shows_the_rate_of_false_alarms_and_the_return_period_that_follows_from_it(int sharedBy, string sentence) =>
        Assert.Contains(sentence, await PageOf(new Scene(Events(), Watch(rule: new FalseAlarmRate(30 * 86_400, sharedBy, 0.01)))));

    [Fact]
    public async Task The_page_shows_the_segments_that_diverge_most()
    {
        var source = new ScriptedSource().Partitions(1);
        for (var i = 0; i < 40; i++)
        {
            for (var x = 0; x < 8; x++)
            {
                // All segments are equal except s17, which is in a single bin, and s39, which the reference does not know.
                source.Event(0, $$"""{"x":{{(i == 17 ? 5 : x * 5)}},"segment":"s{{i:00}}"}""", At("2013-02-09T00:10Z"));
            }
        }

        source.Event(0, """{"x":5,"segment":"s00"}""", At("2013-02-09T01:30Z"));
        string[] segments = [.. Enumerable.Range(0, 39).Select(i => $"s{i:00}")];
        var page = await PageOf(new Scene(source, Watch(rule: new FixedThreshold(0, 0.3, 0.1), segments: segments)));

        Assert.Equal("s17", Regex.Match(page, "<a class=\"segment\" href=\"[^\"]*\">([^<]*)</a>").Groups[1].Value);
        Assert.Equal(20, Regex.Count(page, "<a class=\"segment\""));
        Assert.Contains("1 to 20 of 40 series", page);
        Assert.Contains("<a href=\"?page=2\">next</a>", page);
        Assert.Contains("What moved most over 60m in s17", page);
        Assert.Contains("segments by segment, a reading every 1h", page);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(48, false)]
    public async Task A_series_without_alarms_because_it_still_calibrates_itself_says_so(int panes, bool hasLearned)
    {
        var binning = new NumericBinning([0, 10, 20]);
        var spec = Watch().Monitor.Spec with { Rule = new FalseAlarmRate(86_400, 1, 0.01) };
        var previous = new PreviousWindow(binning, spec.WindowPanes, 0.5);
        var monitor = new FieldMonitor(spec, previous, new SelfCalibration(spec, binning, TimeSpan.FromHours(panes)));
        var source = new ScriptedSource().Partitions(1);
        for (var hour = 0; hour < 8; hour++)
        {
            source.Events(8, 0, """{"x":5}""", At($"2013-02-09T{hour:00}:10Z"));
        }

        var page = await PageOf(new Scene(source, new MonitorBinding(monitor, "events", FieldPath.Parse("x"), EventTime: null)));

        Assert.Contains("compared with the window before", page);
        const string Calibrating = """<span class="badge inactive">inactive</span> <small>still calibrating: no alarm yet</small>""";
        Assert.Equal(hasLearned ? 0 : 1, Regex.Count(page, Calibrating));
    }

    [Fact]
    public async Task A_window_without_a_reading_shows_the_reason()
    {
        Assert.Contains("filling: 1 of 2 panes, 8 events", await PageOf(Drifted()));
        Assert.Contains("too few events: 8 of 1,000", await PageOf(new Scene(Events(), Watch(minimumEvents: 1000))));
        Assert.Contains("filling: 0 of 1 pane, 0 events", await PageOf(new Scene(new ScriptedSource(), Watch())));
    }

    [Fact]
    public async Task The_bins_that_moved_most_are_sorted_by_the_figure_in_their_row_and_the_page_explains_it()
    {
        var page = await PageOf(Drifted());
        var moved = Regex.Match(page, "<div class=\"moved\">.*?</table>", RegexOptions.Singleline).Value;
        var figures = Regex.Matches(moved, "<td class=\"number\">([0-9.]+)</td></tr>")
            .Select(figure => double.Parse(figure.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();

        // All events are in the first of four bins, which moved by about ln 4 − 1 + 1/4. Each of the others became empty: it moved by
        // 1/4 and contributes 0 to KL.
        Assert.Equal([0.637, 0.250, 0.250], figures);
        Assert.Contains("<b>Moved</b> is a bin's part of the KL in nats, p ln(p/q) − p + q", page);
    }

    [Fact]
    public async Task Of_many_words_those_with_the_largest_shares_have_a_bar()
    {
        var binning = new CategoricalBinning([.. Enumerable.Range(0, 5000).Select(word => $"word{word:0000}")]);
        long[] reference = [.. Enumerable.Range(0, 5000).Select(word => word < 59 ? 100L : 1)];
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":"word4000 word4000 nobody"}""", At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"x":"word0000"}""", At("2013-02-09T01:30Z"));
        var page = await PageOf(new Scene(source, Watch(binning: binning, reference: reference, countsWords: true)));

        var bars = Regex.Matches(page, "<g><title>([a-z0-9]+): ").Select(bar => bar.Groups[1].Value).ToList();
        Assert.Equal([.. Enumerable.Range(0, 59).Select(word => $"word{word:0000}"), "word4000", "unseen"], bars);
        Assert.Contains("the 60 of 5000 bins with the largest shares", page);
        Assert.InRange(page.Length, 0, 100_000);
    }

    [Fact]
    public async Task A_special_bin_s_label_is_never_cut()
    {
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"x":-5}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":99}""", At("2013-02-09T00:10Z"))
            .Event(0, "{}", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":"wrong"}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"));
        var binning = new NumericBinning([.. Enumerable.Range(0, 31).Select(edge => edge / 3.0)]);
        var page = await PageOf(new Scene(source, Watch(binning: binning, minimumEvents: 1)));

        foreach (var label in new[] { "below", "above", "missing", "wrong_type" })
        {
            Assert.Equal(2, Regex.Count(page, $">{label}</text>")); // once for narrow charts and once for wide ones
        }

        Assert.DoesNotContain("…", page);
        Assert.Contains("class=\"histogram rows-4\"", page);
    }

    [Fact]
    public async Task A_trouble_of_the_source_is_at_the_top_of_the_page()
    {
        var page = await PageOf(new Scene(Events().Troubled("kafka-1:9092: connection refused; is <broker> up?"), Watch()));

        Assert.Contains(
            """role="alert"><b>No events are coming in.</b> kafka-1:9092: connection refused; is &lt;broker&gt; up?</p>""",
            page);
    }

    [Theory] // B06
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("</title></svg></table><h1>mine</h1>")]
    [InlineData("back\\slash 'single' &amp;")]
    [InlineData("two\nlines")]
    [InlineData("drift 😀")]
    public async Task Names_of_topics_monitors_and_bins_are_text_and_never_markup(string name)
    {
        var plain = new string('n', name.Length);
        var usual = await PageOf(Named(plain));
        var page = await PageOf(Named(name));

        Assert.Equal(Tags(usual), Tags(page));
        Assert.Equal(Regex.Count(usual, $">{plain}<"), Regex.Count(WebUtility.HtmlDecode(page), $">{Regex.Escape(name)}<"));

        static string[] Tags(string page) => [.. Regex.Matches(page, "</?([a-z0-9]+)").Select(tag => tag.Groups[1].Value)];
    }

    [Fact]
    public async Task A_name_of_10_kB_is_shown_in_full()
    {
        var name = string.Concat(Enumerable.Repeat("0123456789", 1024));

        Assert.Contains(name, await PageOf(Named(name)));
    }

    [Fact]
    public async Task The_charts_are_well_formed_and_have_a_text_for_screen_readers()
    {
        var page = await PageOf(Named("a 'quoted' \"name\" <&>"));
        var charts = Regex.Matches(page, "<div class=\"time\".*?</div>|<svg class=\"histogram.*?</svg>", RegexOptions.Singleline)
            .Select(chart => XElement.Parse(chart.Value)).ToList();

        Assert.Equal(2, charts.Count); // the history of a window and its bins; the other window has no reading yet
        Assert.All(charts, chart => Assert.Equal("img", chart.Attribute("role")!.Value));
        Assert.All(charts, chart => Assert.NotEmpty(chart.Attribute("aria-label")!.Value));
    }

    [Fact]
    public async Task A_curve_has_a_scale_times_its_noise_and_the_alert_behind_it()
    {
        var page = await PageOf(Drifted());
        var chart = XElement.Parse(Regex.Match(page, "<div class=\"time\".*?</div>", RegexOptions.Singleline).Value);
        string[] TextsOf(bool isScale) =>
            [.. chart.Descendants("text").Where(text => text.Attribute("class") is null == isScale).Select(text => text.Value)];
        string Of(string @class, string attribute) =>
            chart.Descendants().Single(part => (string?)part.Attribute("class") == @class).Attribute(attribute)!.Value.Trim();

        Assert.Equal(["0", "0.75", "1.5"], TextsOf(isScale: true)); // up to the next round number above 1.388
        Assert.Equal(["06:00", "12:00", "18:00", "2013-02-09"], TextsOf(isScale: false)); // 24 panes, the last of them with a reading

        // 56 pixels are 1.5 nats: 1.388 nats and a noise of 0.191 nats.
        Assert.Equal("M1000 5.1 h0", Of("kl", "d"));
        Assert.Equal("M1000 56L1000 49 1000 56z", Of("noise", "d"));
        Assert.Equal("1000", Of("fired", "x"));
        Assert.StartsWith("from 2013-02-09T01:00:00Z and still firing", chart.Descendants("title").Single().Value);
    }

    [Fact]
    public async Task The_page_loads_nothing_from_other_sites_and_is_not_cached()
    {
        await using var site = await Site.StartAsync(Drifted());
        using var response = await site.GetAsync("/");
        var page = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("default-src 'self';", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.DoesNotContain("://", page);
        Assert.DoesNotContain("style=", page); // the policy would ignore it
        foreach (var (asset, type) in new[] { ("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml") })
        {
            Assert.Contains($"\"{asset}\"", page);
            using var answer = await site.GetAsync(asset);
            Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
            Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task The_page_links_to_the_metrics_the_API_and_the_health()
    {
        var page = await PageOf(Drifted());

        // Relative, so that they also work under the path of a proxy.
        Assert.Contains("href=\"metrics\"", page);
        Assert.Contains("href=\"api/monitors\"", page);
        Assert.Contains("href=\"healthz/ready?verbose\"", page);
        Assert.Contains("1.2.3", page);
    }

    [Fact]
    public void Values_in_markup_are_encoded_and_numbers_do_not_depend_on_the_culture()
    {
        var html = new Html();

        html.Write($"<b title=\"{"a\"b"}\">{"<i>&"}{1234.5:N1}{2.5}{(string?)null}</b>");

        Assert.Equal("<b title=\"a&quot;b\">&lt;i&gt;&amp;1,234.52.5</b>", html.ToString());
    }

    private static async Task<string> PageOf(Scene scene)
    {
        scene.Play();
        await using var site = await Site.StartAsync(scene);
        return await site.ReadAsync("/");
    }

    private static ScriptedSource Events(string topic = "events") => new ScriptedSource(topic).Partitions(1)
        .Events(8, 0, """{"x":5}""", At("2013-02-09T00:10Z"))
        .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"))
        .CaughtUp(0);

    private static Scene Named(string name) => new(Events(name), Watch(name, topic: name, binning: new CategoricalBinning([name, "5"])));
}
