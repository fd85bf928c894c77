using System.Net;
using System.Text.Json.Nodes;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>Parts of <c>/api/monitors</c>: by monitor, by segment, and page by page.</summary>
public sealed class PagedApiTests
{
    // Ordinal order, as the API's, is not that of people; one has half a surrogate pair, others the characters that separate things.
    private static readonly string[] Segments = ["", "A", "B", "a", "a/b&c=d", "é", "漢字", "😀", "\uD83D", "\0", "\0A"];

    [Fact]
    public async Task Without_parameters_every_series_is_in_one_answer_and_nothing_follows()
    {
        await using var site = await Site.StartAsync(Fleet());

        var all = await GetAsync(site, "/api/monitors");

        Assert.Null(all["next"]);
        Assert.True(all.AsObject().ContainsKey("next"));
        Assert.Equal(
            [.. SegmentsOf("first"), "second ", "empty -", .. SegmentsOf("last")],
            Series(all));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(24)]
    [InlineData(10_000)]
    public async Task Following_next_gives_every_series_once_and_in_order_and_each_page_has_at_most_limit(int limit)
    {
        await using var site = await Site.StartAsync(Fleet());
        var expected = Series(await GetAsync(site, "/api/monitors"));

        var pages = await FollowAsync(site, "/api/monitors", $"?limit={limit}");

        Assert.Equal(expected, pages.SelectMany(Series));
        Assert.All(pages.SkipLast(1), page => Assert.Equal(limit, Series(page).Count));
        Assert.Equal((expected.Count + limit - 1) / limit, pages.Count);
    }

    [Fact]
    public async Task A_page_of_series_has_what_the_whole_answer_has_of_them()
    {
        await using var site = await Site.StartAsync(Fleet());
        var whole = (await GetAsync(site, "/api/monitors"))["monitors"]![0]!["series"]!.AsArray();

        var pages = await FollowAsync(site, "/api/monitors", "?monitor=first&limit=3");

        Assert.Equal(
            whole.Select(series => series!.ToJsonString()),
            pages.SelectMany(page => page["monitors"]![0]!["series"]!.AsArray()).Select(series => series!.ToJsonString()));
        Assert.All(pages, page => Assert.Equal("first", (string?)Assert.Single(page["monitors"]!.AsArray())!["name"]));
        Assert.All(pages, page => Assert.Equal(4, page["monitors"]![0]!["reference"]!["bins"]!.AsArray().Count(IsRegular)));
    }

    [Fact]
    public async Task The_path_of_one_monitor_has_pages_too()
    {
        await using var site = await Site.StartAsync(Fleet());

        var pages = await FollowAsync(site, "/api/monitors/last", "?limit=4");

        Assert.Equal(3, pages.Count);
        Assert.Equal(SegmentsOf("last"), pages.SelectMany(page => page["series"]!.AsArray()).Select(one => $"last {one!["segment"]}"));
    }

    [Fact]
    public async Task A_segment_is_found_in_every_monitor_that_has_it()
    {
        await using var site = await Site.StartAsync(Fleet());

        foreach (var segment in Segments.Where(segment => segment != "\uD83D")) // a URL can't carry half a pair; a cursor can
        {
            string[] expected = segment.Length > 0 ? [$"first {segment}", $"last {segment}"] : ["first ", "second ", "last "];
            Assert.Equal(expected, Series(await GetAsync(site, $"/api/monitors?segment={Uri.EscapeDataString(segment)}")));
        }

        Assert.Equal(["last A"], Series(await GetAsync(site, "/api/monitors?segment=A&monitor=last")));
        Assert.Equal([], Series(await GetAsync(site, "/api/monitors?segment=none")));
        Assert.Equal(
            ["first A", "last A"], (await FollowAsync(site, "/api/monitors", "?segment=A&limit=1")).SelectMany(Series));
        Assert.Empty((await GetAsync(site, "/api/monitors/second?segment=none"))["series"]!.AsArray());
    }

    [Fact]
    public async Task An_answer_that_grows_too_large_ends_with_the_series_that_made_it_so_even_without_limit()
    {
        const int Large = 4_000;
        var scene = Fleet();
        await using var whole = await Site.StartAsync(scene);
        await using var site = await Site.StartAsync(scene, Large);
        var pages = await FollowAsync(site, "/api/monitors", "");

        Assert.Equal(Series(await GetAsync(whole, "/api/monitors")), pages.SelectMany(Series));
        Assert.InRange(pages.Count, 2, 20);
        Assert.All(pages.SkipLast(1), page => Assert.InRange(page.ToJsonString().Length, Large, Large + 3_000)); // a series, a monitor
    }

    [Fact]
    public async Task Series_that_appear_between_two_pages_move_nothing()
    {
        var scene = new Scene(Source("B", "D"), Watch("delay", segments: []));
        scene.Play();
        await using var site = await Site.StartAsync(scene);
        var first = await GetAsync(site, "/api/monitors?limit=1");
        Assert.Equal(["delay B"], Series(first));

        scene.Source.Event(0, """{"x":5,"segment":"A"}""", At("2013-02-09T03:00Z"))
            .Event(0, """{"x":5,"segment":"C"}""", At("2013-02-09T03:00Z"));
        scene.Play();

        Assert.Equal(
            ["delay C", "delay D"], (await FollowAsync(site, "/api/monitors", (string)first["next"]!)).SelectMany(Series));
    }

    [Theory]
    [InlineData("?limit=0", "limit is \"0\": give a whole number from 1 to 10000")]
    [InlineData("?limit=10001", "limit is \"10001\": give a whole number from 1 to 10000")]
    [InlineData("?limit=many", "limit is \"many\": give a whole number from 1 to 10000")]
    [InlineData("?limit=", "limit is \"\": give a whole number from 1 to 10000")]
    [InlineData("?limit=1&limit=2", "limit is given twice: give it once")]
    [InlineData("?segmnt=A", "there is no parameter \"segmnt\": the parameters are monitor, segment, limit and after")]
    [InlineData("?after=x", "after is not from an answer of this API: give the value in its \"next\"")]
    [InlineData("?after=%F0%9F%98%80", "after is not from an answer of this API: give the value in its \"next\"")]
    [InlineData("?after=eAB5AA", "after names a monitor that is no longer there: start again without it")]
    [InlineData("/first?monitor=first", "the path names the monitor already: remove the parameter monitor")]
    public async Task A_wrong_parameter_is_400_with_the_remedy(string query, string error)
    {
        await using var site = await Site.StartAsync(Fleet());

        var answer = JsonNode.Parse(await site.ReadAsync("/api/monitors" + query, HttpStatusCode.BadRequest))!;

        Assert.Equal(error, (string?)answer["error"]);
    }

    [Fact]
    public async Task An_unknown_monitor_is_404()
    {
        await using var site = await Site.StartAsync(Fleet());

        var answer = JsonNode.Parse(await site.ReadAsync("/api/monitors?monitor=frist", HttpStatusCode.NotFound))!;

        Assert.Equal("no monitor is called \"frist\"; /api/monitors lists them", (string?)answer["error"]);
    }

    // Two monitors with eleven segments, one without segments, and one whose segments have not come yet.
    private static Scene Fleet()
    {
        var scene = new Scene(
            Source("A"), Watch("first", segments: Segments), Watch("second"), Watch("empty", topic: "other", segments: []),
            Watch("last", segments: Segments));
        scene.Play();
        return scene;
    }

    private static ScriptedSource Source(params string[] segments)
    {
        var source = new ScriptedSource("other").On("events").Partitions(1);
        foreach (var segment in segments)
        {
            source.Event(0, $$"""{"x":5,"segment":"{{segment}}"}""", At("2013-02-09T00:10Z"))
                .Event(0, $$"""{"x":5,"segment":"{{segment}}"}""", At("2013-02-09T01:30Z"));
        }

        return source;
    }

    private static IEnumerable<string> SegmentsOf(string monitor) =>
        Segments.Order(StringComparer.Ordinal).Select(segment => $"{monitor} {(segment == "\uD83D" ? "\uFFFD" : segment)}");

    private static bool IsRegular(JsonNode? bin) => ((string)bin!["label"]!)[0] == '[';

    /// <summary>The series of an answer, each by monitor and segment; a dash for a monitor without any.</summary>
    private static List<string> Series(JsonNode answer) =>
    [
        .. answer["monitors"]!.AsArray().SelectMany(monitor => monitor!["series"]!.AsArray() is { Count: > 0 } series
            ? series.Select(one => $"{monitor["name"]} {one!["segment"]}")
            : [$"{monitor["name"]} -"]),
    ];

    private static async Task<JsonNode> GetAsync(Site site, string path) => JsonNode.Parse(await site.ReadAsync(path))!;

    /// <summary>The answers that begin with a query, up to the one that nothing follows.</summary>
    private static async Task<List<JsonNode>> FollowAsync(Site site, string path, string query)
    {
        var pages = new List<JsonNode>();
        for (var next = query; next is not null; next = (string?)pages[^1]["next"])
        {
            Assert.InRange(pages.Count, 0, 100);
            pages.Add(await GetAsync(site, path + next));
        }

        return pages;
    }
}
