using System.Globalization;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Documents;

namespace DriftMonitor.Tests.Service;

/// <summary>The demonstration, as a new user sees it.</summary>
public sealed partial class DemoTests : IDisposable
{
    private readonly Workshop _workshop = new();

    [Fact]
    [Trait("Document", "generated")]
    public void Both_alerts_fire_within_30_seconds_of_the_shift_and_resolve_after_its_end()
    {
        var said = _workshop.Run("demo", "--once", "--speed", "20", "--port", "0").Succeeded();

        var begins = Assert.Single(TimesOf(said, "the shift begins"));
        var ends = Assert.Single(TimesOf(said, "the shift ends"));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)), (begins, ends));
        foreach (var monitor in new[] { "order-amount", "order-country" })
        {
            var fired = Assert.Single(TimesOf(said, $"FIRING    {monitor}: KL "));
            var resolved = Assert.Single(TimesOf(said, $"resolved  {monitor}: KL "));
            Assert.InRange(fired, begins, begins + TimeSpan.FromSeconds(30));
            Assert.InRange(resolved, ends, ends + TimeSpan.FromSeconds(60));
        }

        // The orders are seeded and panes start with the stream's seconds, so the figures are always the same. Only port and speed differ.
        var usual = LocalPort().Replace(said, "localhost:9464").Replace("speed 20)", "speed 1)", StringComparison.Ordinal);
        new Document("README.md").SectionIs("demo", $"```text\n{string.Concat(LinesOf(usual).Select(line => line + "\n"))}```\n");

        // Lines of the same second may be printed in any order, except the first two.
        static IEnumerable<string> LinesOf(string text) =>
            text.Split('\n').Where(line => line is [_, _, ':', _, _, ' ', ..]).OrderBy(line => line[..5], StringComparer.Ordinal)
                .ThenBy(line => line.StartsWith("00:00", StringComparison.Ordinal) ? "" : line, StringComparer.Ordinal);
    }

    [Fact]
    public void Without_options_the_demonstration_runs_until_SIGINT_and_exits_with_130()
    {
        // The default port may be in use on this machine, so the demonstration gets another one, and --help shows the default.
        Assert.Contains("[default: 9464]", _workshop.Run("demo", "--help").Succeeded());
        using var demo = _workshop.Start("demo", "--port", "0");
        Assert.Equal(200, demo.Get("/healthz/live").Status);
        Assert.Contains("speed 1)", demo.Output);

        demo.Signal("INT");

        var ended = demo.End(TimeSpan.FromSeconds(10));
        Assert.Equal((130, ""), (ended.ExitCode, ended.Errors));
    }

    [FactRequires(Tool.Script)]
    public void On_a_terminal_lines_fit_FIRING_is_red_and_the_last_line_has_the_time_of_the_stream()
    {
        var runtime = DriftMonitorProcess.StartInfo("driftmonitor", [], ".").Environment["DOTNET_ROOT"];
        _workshop.Write("run.sh", $$"""
            unset NO_COLOR COLUMNS
            export TERM=xterm DOTNET_ROOT='{{runtime}}'
            stty cols 80
            '{{DriftMonitorProcess.Executable}}' demo --speed 20 --port 0 &
            until grep -q 'is over' '{{_workshop["shown"]}}' || [ $SECONDS -gt 50 ]; do sleep 0.2; done
            kill -TERM $! && wait
            """);
        Machine.Run(Tool.Script, "-qfc", $"bash '{_workshop["run.sh"]}'", _workshop["shown"]);
        var shown = File.ReadAllText(_workshop["shown"]).Replace("\r", "", StringComparison.Ordinal);

        Assert.Contains("01:09  \u001b[1;31mFIRING\u001b[0m    order-country: KL ", shown);
        var lines = shown.Split('\n').Where(line => !line.StartsWith("Script", StringComparison.Ordinal)); // the lines of script itself
        Assert.All(lines, line => Assert.InRange(Escapes().Replace(line, "").Length, 0, 80));
        Assert.Matches("\n02:1[1-9]  the demonstration is over; the stream continues until Ctrl-C\n", shown);
        Assert.Matches("page and metrics at http://localhost:[0-9]+\n", shown);
    }

    [FactRequires(Tool.Promtool)]
    public void Promtool_of_Debian_has_no_complaint_about_its_metrics() => LintsCleanly(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)]
    public void Promtool_of_today_has_no_complaint_about_its_metrics() => LintsCleanly(Tool.NewPromtool);

    [Fact]
    public void A_port_in_use_is_reported_in_one_line()
    {
        using var listener = Ports.Listen();
        var port = listener.Port();

        var refused = _workshop.Run("demo", "--once", "--port", $"{port}");

        Assert.Equal(
            (1, "", $"driftmonitor: port {port} is taken: stop what uses it, or choose another with --port\n"),
            (refused.ExitCode, refused.Output, refused.Errors));
    }

    public void Dispose() => _workshop.Dispose();

    private static List<TimeSpan> TimesOf(string said, string what) =>
    [
        .. said.Split('\n').Where(line => line.Contains(what, StringComparison.Ordinal))
            .Select(line => TimeSpan.ParseExact(Stamp().Match(line).Value, @"mm\:ss", CultureInfo.InvariantCulture)),
    ];

    private void LintsCleanly(Tool promtool)
    {
        using var demo = _workshop.Start("demo", "--speed", "20", "--port", "0");
        demo.Until("the windows are full", () => demo.Scrape()["driftmonitor_kl_divergence_nats"].Count == 4);

        Machine.RunOn(Metrics.MetricsHost.OursOf(demo.Scrape().Text), promtool, "check", "metrics").HasNothingToSay();
    }

    [GeneratedRegex("localhost:[0-9]+")]
    private static partial Regex LocalPort();

    [GeneratedRegex(@"^\d\d:\d\d")]
    private static partial Regex Stamp();

    [GeneratedRegex("\u001b(\\[[0-9;?]*[a-zA-Z]|=)")]
    private static partial Regex Escapes();

    [GeneratedRegex("^00:00  (page and metrics at|orders:) ")]
    private static partial Regex FirstLines();
}
