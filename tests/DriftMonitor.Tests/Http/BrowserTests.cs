using System.Text.RegularExpressions;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>The page in a browser.</summary>
public sealed class BrowserTests
{
    [FactRequires(Tool.Chromium)]
    public async Task The_page_shows_the_series_the_bins_that_moved_and_the_alert_with_an_empty_console()
    {
        await using var site = await SiteOf(Drifted());

        var seen = await Browser.LookAsync(site.Address);

        Assert.Empty(seen.Console);
        Assert.Contains("<title>(1 firing) DriftMonitor</title>", seen.Document);
        Assert.Contains("""<span class="badge firing">firing</span>""", seen.Document);
        Assert.Contains("""<td class="number kl above">1.388</td>""", seen.Document);
        // the share of the reference in each of the three bins that moved most
        Assert.Equal(3, Regex.Count(seen.Document, """<td class="number soft">25\.0 %</td>"""));
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_page_updates_without_a_reload()
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
    public async Task The_page_says_since_when_it_gets_no_answer_and_keeps_its_content()
    {
        var drifted = Drifted().Play();
        var asked = 0;
        await using var site = await Site.StartAsync(() =>
            Interlocked.Increment(ref asked) == 1 ? drifted : throw new InvalidOperationException("nothing to show"));

        var seen = await Browser.LookAsync(site.Address, TimeSpan.FromSeconds(3));

        Assert.Matches("""<p id="unreachable" role="status">No answer since [^<]+: the page shows that time\.</p>""", seen.Document);
        Assert.Contains("""<span class="badge firing">firing</span>""", MainOf(seen));
    }

    [FactRequires(Tool.Chromium)]
    public async Task Names_with_markup_are_shown_as_text_after_loading_and_after_a_refresh()
    {
        const string name = "<script>document.title = 'mine'</script><img src=x onerror=\"document.title = 'mine'\">";
        var source = Events(name);
        var scene = new Scene(source, Watch(name, topic: name, binning: new CategoricalBinning([name, "5"])));
        await using var site = await SiteOf(scene);

        var seen = await Browser.LookAsync(site.Address, TimeSpan.FromSeconds(3));

        Assert.Empty(seen.Console); // no script ran, and the policy had nothing to block
        Assert.Contains("<title>DriftMonitor</title>", seen.Document);
        Assert.Equal(1, Regex.Count(seen.Document, "<script")); // page.js
        Assert.Equal(0, Regex.Count(seen.Document, "<img"));
        Assert.Contains("&lt;script&gt;document.title = 'mine'&lt;/script&gt;&lt;img", MainOf(seen));
    }

    [FactRequires(Tool.Chromium)]
    public async Task No_figures_touch_no_label_of_a_bin_is_cut_and_nothing_is_wider_than_the_page()
    {
        // The shift has the longest return period and uses special bins; the events beyond the edges make the bars narrow on a phone.
        var values = Enumerable.Range(0, 2500).Select(i => i % 4 == 0 ? -5 : i % 5 == 0 ? 500 : 5).ToArray();
        var watched = Watch(
            rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1),
            binning: new NumericBinning([.. Enumerable.Range(0, 11).Select(edge => edge * 12.345)]),
            isCalibrated: true);
        await using var site = await SiteOf(new Scene(Events("events", values), watched));
        var style = $"<style>{await site.ReadAsync("page.css")}</style>";
        var page = (await site.ReadAsync("/"))
            .Replace("""<link rel="stylesheet" href="page.css">""", style, StringComparison.Ordinal)
            .Replace("""<script src="page.js" defer></script>""", "", StringComparison.Ordinal)
            .Replace("</body>", $"<script>{Measure}</script></body>", StringComparison.Ordinal);
        Assert.Contains("≥\u00A01000 years", System.Net.WebUtility.HtmlDecode(page));

        // In frames, because the browser's window is at least 500 pixels wide; without the policy, which blocks the measuring script.
        int[] widths = [1200, 400, 700, 950];
        var folder = Directory.CreateTempSubdirectory("driftmonitor-page-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "page.html"), page);
            var frames = widths.Select(width => $"""<iframe src="page.html" width="{width}" height="1200" frameborder="0"></iframe>""");
            var all = Path.Combine(folder.FullName, "all.html");
            const string Collect = "<title></title><script>onmessage = said => document.title += said.data + '|'</script>";
            await File.WriteAllTextAsync(all, Collect + string.Concat(frames));

            var seen = await Browser.LookAsync(new Uri(all), TimeSpan.FromSeconds(2));

            var measured = Regex.Match(seen.Document, "<title>([^<]*)</title>").Groups[1].Value;
            Assert.Equal(widths.Select(width => $"{width}:").Order(), measured.TrimEnd('|').Split('|').Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Without this test, an empty console would prove nothing.
    [FactRequires(Tool.Chromium)]
    public async Task Errors_of_a_page_appear_on_the_console()
    {
        var page = Path.GetTempFileName() + ".html";
        try
        {
            await File.WriteAllTextAsync(page, """
                <meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline'; style-src 'self'">
                <p style="color:red">text</p>
                <script>undefinedName()</script>
                """);

            var seen = await Browser.LookAsync(new Uri(page));

            Assert.Contains(seen.Console, line => line.Contains("undefinedName is not defined", StringComparison.Ordinal));
            Assert.Contains(seen.Console, line => line.Contains("Content Security Policy", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(page);
        }
    }

    // Reports the width of the page and its flaws.
    private const string Measure = """
        const flaws = [];
        const box = node => { const range = document.createRange(); range.selectNodeContents(node); return range.getBoundingClientRect(); };
        for (const row of document.querySelectorAll("tr")) {
          for (let i = 1; i < row.cells.length; i++) {
            const [before, after] = [row.cells[i - 1], row.cells[i]];
            if (box(before).right > box(after).left - 3) flaws.push(`${before.textContent} touches ${after.textContent}`);
          }
        }
        for (const label of document.querySelectorAll(".moved tbody span")) {
          const isCut = label.scrollWidth > label.clientWidth || label.scrollHeight > label.clientHeight;
          if (isCut) flaws.push(`${label.textContent} is cut`);
        }
        for (const chart of document.querySelectorAll(".histogram")) {
          const edge = chart.getBoundingClientRect();
          const texts = [...chart.querySelectorAll("text")]
            .map(text => [text.textContent, text.getBoundingClientRect()])
            .filter(text => text[1].width > 0);
          for (const [text, at] of texts) {
            const isOutside = at.left < edge.left - 1 || at.right > edge.right + 1 || at.bottom > edge.bottom;
            if (isOutside) flaws.push(`${text} is outside its chart`);
            for (const [other, there] of texts) {
              const overlaps = at.left < there.right && there.left < at.right && at.top < there.bottom && there.top < at.bottom;
              if (other !== text && overlaps) flaws.push(`${text} overlaps ${other}`);
            }
          }
        }
        if (document.documentElement.scrollWidth > innerWidth) flaws.push("wider than the page");
        parent.postMessage(`${innerWidth}:${flaws.join("; ")}`, "*");
        """;

    private static Task<Site> SiteOf(Scene scene)
    {
        scene.Play();
        return Site.StartAsync(scene);
    }

    private static string MainOf(Seen seen) => Regex.Match(seen.Document, "<main>.*</main>", RegexOptions.Singleline).Value;

    private static ScriptedSource Events(string topic = "events", params int[] values)
    {
        var source = new ScriptedSource(topic).Partitions(1);
        foreach (var value in values.Length == 0 ? [5, 5, 5, 5, 5, 5, 5, 5] : values)
        {
            source.Event(0, $$"""{"x":{{value}}}""", At("2013-02-09T00:10Z"));
        }

        return source.Event(0, """{"x":5}""", At("2013-02-09T01:30Z")).CaughtUp(0);
    }

    private static Scene Calm() => new(Events("events", 5, 5, 15, 15, 25, 25, 35, 35), Watched());

    private static Streaming.MonitorBinding Watched() => Watch(rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1));
}
