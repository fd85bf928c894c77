using System.Text.RegularExpressions;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>The page as a browser shows it.</summary>
public sealed class BrowserTests
{
    [FactRequires(Tool.Chromium)]
    public async Task The_page_shows_the_series_the_bins_that_moved_and_the_alert_without_a_word_on_the_console()
    {
        await using var site = await SiteOf(Drifted());

        var seen = await Browser.LookAsync(site.Address);

        Assert.Empty(seen.Console);
        Assert.Contains("<title>(1 firing) DriftMonitor</title>", seen.Document);
        Assert.Contains("""<span class="badge firing">firing</span>""", seen.Document);
        Assert.Contains("""<td class="number kl above">1.388</td>""", seen.Document);
        Assert.Equal(3, Regex.Count(seen.Document, """<td class="number soft">25\.0 %</td>""")); // the reference's share in each of the three bins that moved most
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_page_follows_the_monitors_without_being_loaded_again()
    {
        var (calm, drifted) = (Calm().Play(), Drifted().Play());
        var asked = 0;
        await using var site = await Site.StartAsync(() => Interlocked.Increment(ref asked) == 1 ? calm : drifted);

        var seen = await Browser.LookAsync(site.Address, TimeSpan.FromSeconds(3));

        Assert.Empty(seen.Console);
        Assert.InRange(asked, 2, 3);
        Assert.Contains("<title>(1 firing) DriftMonitor</title>", seen.Document);
        Assert.Contains("""<span class="badge firing">firing</span>""", MainOf(seen));
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_page_says_when_it_no_longer_gets_an_answer_and_keeps_what_it_shows()
    {
        var drifted = Drifted().Play();
        var asked = 0;
        await using var site = await Site.StartAsync(() => Interlocked.Increment(ref asked) == 1 ? drifted : throw new InvalidOperationException("nothing to show"));

        var seen = await Browser.LookAsync(site.Address, TimeSpan.FromSeconds(3));

        Assert.Matches("""<p id="unreachable" role="status">No answer since [^<]+: what you see is of then\.</p>""", seen.Document);
        Assert.Contains("""<span class="badge firing">firing</span>""", MainOf(seen));
    }

    [FactRequires(Tool.Chromium)]
    public async Task Names_that_hold_markup_are_text_after_loading_and_after_a_refresh()
    {
        const string name = "<script>document.title = 'mine'</script><img src=x onerror=\"document.title = 'mine'\">";
        var source = Events(name);
        var scene = new Scene(source, Watch(name, topic: name, binning: new CategoricalBinning([name, "5"])));
        await using var site = await SiteOf(scene);

        var seen = await Browser.LookAsync(site.Address, TimeSpan.FromSeconds(3));

        Assert.Empty(seen.Console); // nothing was run, and nothing had to be kept from it
        Assert.Contains("<title>DriftMonitor</title>", seen.Document);
        Assert.Equal(1, Regex.Count(seen.Document, "<script")); // page.js
        Assert.Equal(0, Regex.Count(seen.Document, "<img"));
        Assert.Contains("&lt;script&gt;document.title = 'mine'&lt;/script&gt;&lt;img", MainOf(seen));
    }

    // Without it, an empty console would prove nothing.
    [FactRequires(Tool.Chromium)]
    public async Task What_a_page_does_wrong_is_seen_on_the_console()
    {
        var page = Path.GetTempFileName() + ".html";
        try
        {
            await File.WriteAllTextAsync(page, """<meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline'; style-src 'self'"><p style="color:red">text</p><script>undefinedName()</script>""");

            var seen = await Browser.LookAsync(new Uri(page));

            Assert.Contains(seen.Console, line => line.Contains("undefinedName is not defined", StringComparison.Ordinal));
            Assert.Contains(seen.Console, line => line.Contains("Content Security Policy", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(page);
        }
    }

    private static Task<Site> SiteOf(Scene scene)
    {
        scene.Play();
        return Site.StartAsync(scene);
    }

    private static string MainOf(Seen seen) => Regex.Match(seen.Document, "<main>.*</main>", RegexOptions.Singleline).Value;

    private static ScriptedSource Events(string topic = "events", params int[] values) => (values.Length == 0 ? [5, 5, 5, 5, 5, 5, 5, 5] : values)
        .Aggregate(new ScriptedSource(topic).Partitions(1), (source, value) => source.Event(0, $$"""{"x":{{value}}}""", At("2013-02-09T00:10Z")))
        .Event(0, """{"x":5}""", At("2013-02-09T01:30Z"))
        .CaughtUp(0);

    private static Scene Drifted() => new(Events(), Watched());

    private static Scene Calm() => new(Events("events", 5, 5, 15, 15, 25, 25, 35, 35), Watched());

    private static Streaming.MonitorBinding Watched() => Watch(rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1));
}
