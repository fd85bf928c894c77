using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Http;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;
using Microsoft.Playwright;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>The page in a browser.</summary>
public sealed class BrowserTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [FactRequires(Tool.Chromium)]
    public async Task The_page_shows_the_series_the_bins_that_moved_and_the_alert_with_an_empty_console()
    {
        await using var site = await SiteOf(Drifted());

        await using var tab = await browser.OpenAsync(site.Address);

        var document = await tab.DocumentAsync();
        Assert.Contains("<title>(1 firing) DriftMonitor</title>", document);
        Assert.Contains("""<span class="badge firing">firing</span>""", document);
        Assert.Contains("""<td class="number kl above">1.388</td>""", document);
        // the share of the reference in each of the three bins that moved most
        Assert.Equal(3, Regex.Count(document, """<td class="number soft">25\.0 %</td>"""));
        AssertClean(tab, site);
    }

    [FactRequires(Tool.Chromium)]
    public async Task A_new_reading_arrives_while_the_page_is_open_and_place_focus_and_a_half_written_search_stay()
    {
        var scene = PageOfSeriesTests.Segments();
        await using var site = await Site.StartAsync(scene);
        await using var tab = await browser.OpenAsync(new Uri(site.Address, "?sort=name"), width: 700);
        await tab.Page.FillAsync("input[name=q]", "half written");
        var link = tab.Page.Locator("a.segment", new() { HasText = "calm/20" });
        await link.ScrollIntoViewIfNeededAsync();
        await link.FocusAsync();
        await tab.Page.EvaluateAsync("mark = 'not loaded again'");
        var (place, top) = (await tab.Page.EvaluateAsync<double>("scrollY"), (await link.BoundingBoxAsync())!.Y);
        Assert.True(place > 500);

        PlayCalmHours(scene, from: 2, to: 6); // the alert is resolved

        await tab.WaitForAsync(".overview", "0 of 40 series have drifted");
        Assert.Equal("not loaded again", await tab.Page.EvaluateAsync<string>("mark"));
        Assert.Equal("DriftMonitor", await tab.Page.TitleAsync());
        Assert.Equal("calm/20", await tab.Page.EvaluateAsync<string>("document.activeElement.textContent"));
        Assert.Equal("half written", await tab.Page.InputValueAsync("input[name=q]"));
        Assert.InRange((await link.BoundingBoxAsync())!.Y, top - 2, top + 2);
        AssertClean(tab, site);
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_focus_stays_on_a_link_to_the_series_when_its_place_in_the_list_changes()
    {
        var scene = PageOfSeriesTests.Segments();
        await using var site = await Site.StartAsync(scene);
        await using var tab = await browser.OpenAsync(site.Address);
        var link = tab.Page.Locator("a.segment", new() { HasText = "moved" }).First;
        await link.FocusAsync();
        var before = await OrderAsync();

        // All are alike then, and sorted by name: it is on the second page, but this one has its past alert.
        PlayCalmHours(scene, from: 2, to: 6);

        await tab.WaitForAsync(".overview", "0 of 40 series have drifted");
        Assert.NotEqual(before, await OrderAsync());
        Assert.Equal("moved", await tab.Page.EvaluateAsync<string>("document.activeElement.textContent"));
        AssertClean(tab, site);

        Task<string> OrderAsync() => tab.Page.EvaluateAsync<string>("[...document.querySelectorAll('a.segment')].map(a => a.text).join()");
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_page_says_since_when_it_gets_no_answer_and_keeps_its_content()
    {
        var drifted = Drifted().Play();
        var asked = 0;
        await using var site = await Site.StartAsync(() =>
            Interlocked.Increment(ref asked) == 1 ? drifted : throw new InvalidOperationException("nothing to show"));

        await using var tab = await browser.OpenAsync(site.Address);

        await tab.WaitForAsync("#unreachable", "No answer since");
        Assert.Matches("No answer since [^<]+: the page shows that time\\.", await tab.Page.Locator("#unreachable").TextContentAsync());
        Assert.Contains("""<span class="badge firing">firing</span>""", await tab.MainAsync());
    }

    [FactRequires(Tool.Chromium)]
    public async Task Without_streams_to_spare_the_page_asks_by_itself()
    {
        var scene = Drifted();
        scene.Play();
        await using var site = await Site.StartAsync(scene, options: new SiteOptions { MostStreams = 0 });
        await using var tab = await browser.OpenAsync(site.Address);
        await tab.WaitForAsync(".overview", "1 of 1 series has drifted");

        PlayCalmHours(scene, from: 2, to: 6);

        await tab.WaitForAsync(".overview", "0 of 1 series have drifted");
        Assert.Single(tab.Requests, request => request.EndsWith("/live", StringComparison.Ordinal));
    }

    [FactRequires(Tool.Chromium)]
    public async Task Behind_a_token_the_page_and_its_updates_need_the_password_once()
    {
        var guard = new TokenGuard(_workshop.Write("token", "s3cret"), TimeProvider.System);
        var scene = Drifted();
        scene.Play();
        await using var site = await Site.StartAsync(scene, options: new SiteOptions { Guard = guard });
        await using var tab = await browser.OpenAsync(site.Address, new BrowserNewContextOptions
        {
            HttpCredentials = new HttpCredentials { Username = "anybody", Password = "s3cret" },
        });
        await tab.WaitForAsync(".overview", "1 of 1 series has drifted");

        PlayCalmHours(scene, from: 2, to: 6);

        await tab.WaitForAsync(".overview", "0 of 1 series have drifted");
        await Assert.ThrowsAsync<PlaywrightException>(() => browser.OpenAsync(site.Address)); // 401
    }

    [FactRequires(Tool.Chromium)]
    public async Task Names_with_markup_are_shown_as_text_after_loading_and_after_an_update()
    {
        const string name = "<script>document.title = 'mine'</script><img src=x onerror=\"document.title = 'mine'\">";
        var scene = new Scene(Events(name), Watch(name, topic: name, binning: new CategoricalBinning([name, "5"])));
        await using var site = await SiteOf(scene);
        await using var tab = await browser.OpenAsync(site.Address);

        scene.Source.Event(0, """{"x":5}""", At("2013-02-09T02:30Z"));
        scene.Play();
        await tab.WaitForAsync(".topics .number", "10"); // events

        AssertClean(tab, site); // no script ran, and the policy had nothing to block
        Assert.Equal("DriftMonitor", await tab.Page.TitleAsync());
        Assert.Equal(1, Regex.Count(await tab.DocumentAsync(), "<script")); // page.js
        Assert.Equal(0, Regex.Count(await tab.DocumentAsync(), "<img"));
        Assert.Contains("&lt;script&gt;document.title = 'mine'&lt;/script&gt;&lt;img", await tab.MainAsync());
    }

    [TheoryRequires(Tool.Chromium)]
    [InlineData(1200)]
    [InlineData(950)]
    [InlineData(700)]
    [InlineData(400)]
    [InlineData(360)]
    public async Task No_figures_touch_no_label_is_cut_and_nothing_is_wider_than_the_page(int width)
    {
        // The shift has the longest return period and uses special bins; the events beyond the edges make the bars narrow on a phone.
        var values = Enumerable.Range(0, 2500).Select(i => i % 4 == 0 ? -5 : i % 5 == 0 ? 500 : 5).ToArray();
        var watched = Watch(
            rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1),
            binning: new NumericBinning([.. Enumerable.Range(0, 11).Select(edge => edge * 12.345)]),
            isCalibrated: true);
        var scene = new Scene(Events("events", values), watched);
        await using var site = await SiteOf(scene);
        PlayCalmHours(scene, from: 2, to: 30); // the chart has times of two days, and the table an alert

        await using var tab = await browser.OpenAsync(site.Address, width);

        Assert.Equal("", string.Join('\n', await tab.Page.EvaluateAsync<string[]>(Measure)));
        AssertClean(tab, site);
    }

    [TheoryRequires(Tool.Chromium)]
    [InlineData("/", 360)]
    [InlineData("/?q=calm&sort=name&page=2", 360)]
    [InlineData("/?monitor=delay&segment=moved", 360)]
    [InlineData("/", 1200)]
    public async Task A_list_of_many_series_is_as_narrow_as_the_page(string path, int width)
    {
        var scene = PageOfSeriesTests.Segments();
        await using var site = await Site.StartAsync(scene);
        PlayCalmHours(scene, from: 2, to: 6);

        await using var tab = await browser.OpenAsync(new Uri(site.Address, path), width);

        Assert.Equal("", string.Join('\n', await tab.Page.EvaluateAsync<string[]>(Measure)));
    }

    [TheoryRequires(Tool.Chromium)]
    [InlineData(ColorScheme.Light, 1200)]
    [InlineData(ColorScheme.Dark, 1200)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task The_page_is_accessible_by_the_rules_of_axe_with_readable_contrast(ColorScheme scheme, int width)
    {
        var scene = PageOfSeriesTests.Segments();
        await using var site = await Site.StartAsync(scene);
        PlayCalmHours(scene, from: 2, to: 4);
        foreach (var path in new[] { "/?sort=kl", "/?monitor=delay&segment=moved" })
        {
            await using var tab = await browser.OpenAsync(new Uri(site.Address, path), width, scheme);

            var judged = await tab.Page.RunAxe();

            Assert.Equal("", string.Join('\n', judged.Violations.Select(rule =>
                $"{rule.Id}: {rule.Help}: {string.Join(", ", rule.Nodes.Select(node => node.Html).Take(3))}")));
            Assert.Contains(judged.Passes, rule => rule.Id == "color-contrast");
            Assert.True(await tab.Page.EvaluateAsync<double>(LeastContrastOfCharts) >= 4.5);
        }
    }

    [FactRequires(Tool.Chromium)]
    public async Task The_keyboard_reaches_search_orders_series_and_pages_in_the_order_of_the_page()
    {
        await using var site = await Site.StartAsync(PageOfSeriesTests.Segments());
        await using var tab = await browser.OpenAsync(site.Address);
        var reached = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            if (await tab.Page.EvaluateAsync<bool>("document.activeElement === document.body"))
            {
                break; // after the last link
            }

            reached.Add(await tab.Page.EvaluateAsync<string>(
                "(a => a.name || a.closest('nav')?.getAttribute('aria-label') || a.className || a.localName)(document.activeElement)"));
            Assert.NotEqual("none", await tab.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        }

        Assert.Equal(
            ["Endpoints", "q", "button", "Order of the series", "name", "segment", "Pages of the list"],
            reached.Distinct().Take(7));
        Assert.Equal((20, 20, 5), (
            reached.Count(stop => stop == "name"), reached.Count(stop => stop == "segment"),
            reached.Count(stop => stop == "Order of the series")));
    }

    [FactRequires(Tool.Chromium)]
    public async Task Search_order_and_pages_work_together_by_the_keyboard_and_without_scripts()
    {
        await using var site = await Site.StartAsync(PageOfSeriesTests.Segments());
        await using var tab = await browser.OpenAsync(site.Address, new BrowserNewContextOptions { JavaScriptEnabled = false });

        await tab.Page.Locator("nav.orders a", new() { HasText = "name" }).FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync("**/?sort=name");
        await tab.Page.FillAsync("input[name=q]", "calm");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync("**/?q=calm&sort=name");
        await tab.Page.Locator("nav.pages a", new() { HasText = "next" }).ClickAsync();
        await tab.Page.WaitForURLAsync("**/?q=calm&sort=name&page=2");

        Assert.Contains("21 to 39 of 39 series", await tab.MainAsync());
        Assert.Equal("calm", await tab.Page.InputValueAsync("input[name=q]"));
        Assert.Contains("""<meta http-equiv="refresh" content="10">""", await tab.DocumentAsync());
    }

    // Without this test, an empty console would prove nothing.
    [FactRequires(Tool.Chromium)]
    public async Task Errors_of_a_page_appear_on_the_console()
    {
        _workshop.Write("page.html", """
            <meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline'; style-src 'self'">
            <p style="color:red">text</p>
            <script>setTimeout(() => undefinedName())</script>
            """);
        await using var tab = await browser.OpenAsync(new Uri("about:blank"));

        await tab.Page.GotoAsync(new Uri(_workshop["page.html"]).ToString());

        Eventually.Within(TimeSpan.FromSeconds(30), "two errors", () => tab.Console.Count >= 2);
        Assert.Contains(tab.Console, line => line.Contains("undefinedName is not defined", StringComparison.Ordinal));
        Assert.Contains(tab.Console, line => line.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    private static void AssertClean(Tab tab, Site site)
    {
        Assert.Empty(tab.Console);
        Assert.All(tab.Requests, request => Assert.StartsWith(site.Address.ToString(), request));
    }

    // Each hour every segment is as its reference.
    private static void PlayCalmHours(Scene scene, int from, int to)
    {
        string[] segments = scene.Monitors[0].SegmentBy is null ? [""] : ["moved", .. Enumerable.Range(0, 39).Select(i => $"calm/{i}")];
        for (var hour = from; hour <= to; hour++)
        {
            var time = At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour);
            foreach (var segment in segments)
            {
                for (var i = 0; i < 8; i++)
                {
                    scene.Source.Event(0, $$"""{"x":{{5 + 10 * (i % 4)}},"segment":"{{segment}}"}""", time);
                }
            }
        }

        scene.Play();
    }

    // Of the texts in charts, which axe does not judge, with the background of their section.
    private const string LeastContrastOfCharts = """
        () => {
          const light = color => {
            const [r, g, b] = color.match(/[\d.]+/g).map(part => part / 255)
              .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
          };
          return Math.min(...[...document.querySelectorAll("svg text")].map(text => {
            const pair = [light(getComputedStyle(text).fill), light(getComputedStyle(text.closest("section")).backgroundColor)];
            return Math.max(...pair) / Math.min(...pair);
          }));
        }
        """;

    // The flaws of the page.
    private const string Measure = """
        () => {
        const flaws = [];
        const box = node => { const range = document.createRange(); range.selectNodeContents(node); return range.getBoundingClientRect(); };
        for (const row of document.querySelectorAll("tr")) {
          for (let i = 1; i < row.cells.length; i++) {
            const [before, after] = [row.cells[i - 1], row.cells[i]];
            if (!box(before).width || !box(after).width || box(after).top >= box(before).bottom) continue; // empty, hidden, or below
            if (box(before).right > box(after).left - 3) flaws.push(`${before.textContent} touches ${after.textContent}`);
          }
        }
        for (const label of document.querySelectorAll(".moved tbody span")) {
          const isCut = label.scrollWidth > label.clientWidth || label.scrollHeight > label.clientHeight;
          if (isCut) flaws.push(`${label.textContent} is cut`);
        }
        for (const chart of document.querySelectorAll(".histogram, .time .plot")) {
          const edge = chart.getBoundingClientRect();
          const texts = [...chart.querySelectorAll("text")]
            .map(text => [text.textContent, text.getBoundingClientRect()])
            .filter(text => text[1].width > 0);
          for (const [text, at] of texts) {
            const isOutside = at.left < edge.left - 1 || at.right > edge.right + 1 || at.bottom > edge.bottom;
            if (isOutside) flaws.push(`${text} is outside its chart`);
            for (const [other, there] of texts) {
              const overlaps = at.left < there.right && there.left < at.right && at.top < there.bottom && there.top < at.bottom;
              if (other !== text && overlaps && !flaws.includes(`${other} overlaps ${text}`)) flaws.push(`${text} overlaps ${other}`);
            }
          }
        }
        if (document.documentElement.scrollWidth > innerWidth) flaws.push("wider than the page");
        return flaws;
        }
        """;

    private static Task<Site> SiteOf(Scene scene)
    {
        scene.Play();
        return Site.StartAsync(scene);
    }

    private static ScriptedSource Events(string topic = "events", params int[] values)
    {
        var source = new ScriptedSource(topic).Partitions(1);
        foreach (var value in values.Length == 0 ? [5, 5, 5, 5, 5, 5, 5, 5] : values)
        {
            source.Event(0, $$"""{"x":{{value}}}""", At("2013-02-09T00:10Z"));
        }

        return source.Event(0, """{"x":5}""", At("2013-02-09T01:30Z")).CaughtUp(0);
    }
}
