using System.Text.RegularExpressions;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Spectre.Console;

namespace DriftMonitor.Tests.Terminal;

/// <summary>Output on a terminal and in a pipe.</summary>
public sealed partial class ScreenTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "████")]
    [InlineData(0.5, "██")]
    [InlineData(0.125, "▌")]
    [InlineData(0.40625, "█▋")]
    [InlineData(1e-9, "▏")]
    [InlineData(double.PositiveInfinity, "████")]
    public void A_bar_is_drawn_to_an_eighth_of_a_cell_and_any_share_above_0_is_visible(double share, string bar) =>
        Assert.Equal(bar, Bar.Of(share, 4));

    [Theory]
    [InlineData("plain", 10, "plain")]
    [InlineData("a\u001b[31mb\nc\u202ed", 20, "a·[31mb·c·d")]
    [InlineData("exactly ten", 11, "exactly ten")]
    [InlineData("one too many", 11, "one too ma…")]
    [InlineData("日本語の名前", 7, "日本語…")]
    public void A_name_is_one_line_of_harmless_characters(string name, int cells, string shown) =>
        Assert.Equal(shown, Screen.Plain(name, cells));

    [Fact]
    public void A_foreign_sentence_is_one_line_without_control_characters() =>
        Assert.Equal("Kafka said: no [2J way  back", OneLine.Sentence("Kafka said: no\u001b[2J\nway\u2028\u202eback"));

    [Fact]
    public void Markup_in_a_name_is_shown_as_it_is()
    {
        using var output = new StringWriter();
        var screen = new Screen(output, 60);
        screen.WriteLine("[red]not red[/]");
        var table = Screen.Table("[name]", " n");
        table.AddRow(new Text("[bold]x"), new Text("1"));
        screen.Write(table);
        Assert.Equal(["[red]not red[/]", "[name]   n", "[bold]x  1", ""], output.ToString().Split('\n'));
    }

    [Property]
    public Property Bars_beside_each_other_have_one_scale() => Prop.ForAll(
        Gen.Choose(40, 200).ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), HaveOneScale);

    private static bool HaveOneScale(int width, int name)
    {
        using var output = new StringWriter();
        var table = Screen.Table("name", "", " n", "");
        table.AddRow(new Text(new string('x', name)), new Bar(1, Color.Teal), new Text("1"), new Bar(1, Color.Grey));
        new Screen(output, width).Write(table);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // A long name may take two lines.
        var words = string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var bars = words.Where(word => word[0] == '█').Select(bar => bar.Length).ToList();
        var needed = Math.Max("name".Length, name) + 2 + "n".Length + 2 + 2 * (4 + 2);
        return (needed <= width ? bars.Count == 2 && bars[0] == bars[1] : bars.Count == 0) && lines.All(line => line.Length <= width);
    }

    [Theory]
    [InlineData(54, "window    kind       largest peak  once in\nshortest  simulated  2013-04-05     3 days  ████████\n")]
    [InlineData(48, "window    kind       largest peak  once in\nshortest  simulated  2013-04-05     3 days\n")]
    public void A_table_drops_its_bars_before_it_breaks_a_line(int width, string shown) => Assert.Equal(shown, Narrow(width, "3 days"));

    [Fact]
    public void A_narrow_table_first_breaks_lines_between_words_then_drops_blanks_then_drops_columns_and_says_so()
    {
        Assert.Equal(
            """
            window    kind       largest            once in
                                 peak
            shortest  simulated  2013-04-05  more than days

            """,
            Narrow(49, "more than days"));
        Assert.Equal(
            """
            window   kind      largest           once in
                               peak
            shortest simulated 2013-04-05 more than days

            """,
            Narrow(45, "more than days"));
        Assert.Equal(
            """
            window   kind      largest peak
            shortest simulated 2013-04-05
            (1 more column in a wider terminal)

            """,
            Narrow(44, "more than days"));
    }

    [Fact]
    public void A_line_is_not_broken_within_an_unbroken_text()
    {
        using var output = new StringWriter();
        var (first, second) = (Screen.Unbroken("[-6, -4) (<0.1 %)"), Screen.Unbroken("[-4, -2) (<0.1 %)"));
        new Screen(output, 40).WriteLine($"P has the bins {first} and {second}, which Q holds impossible");
        Assert.Equal(
            ["P has the bins [-6, -4) (<0.1 %) and", "[-4, -2) (<0.1 %), which Q holds", "impossible", ""],
            output.ToString().Split('\n'));
    }

    private static string Narrow(int width, string onceIn)
    {
        using var output = new StringWriter();
        var table = Screen.Table("window", "kind", "largest peak", " once in", "");
        table.AddRow(new Text("shortest"), new Text("simulated"), new Text("2013-04-05"), new Text(onceIn), new Bar(1, Color.Teal));
        new Screen(output, width).Write(table);
        return output.ToString();
    }

    [Fact]
    public void Only_a_terminal_gets_colours()
    {
        Assert.Contains("\u001b[", Shown(isColoured: true), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", Shown(isColoured: false), StringComparison.Ordinal);

        static string Shown(bool isColoured)
        {
            using var output = new StringWriter();
            var table = Screen.Table("a", "b");
            table.AddRow(new Text("x"), new Bar(0.5, Color.Teal));
            new Screen(output, 60, isColoured).Write(table);
            return output.ToString();
        }
    }

    [FactRequires(Tool.Script)]
    public void On_a_terminal_lines_have_its_width_and_colours_unless_they_are_switched_off()
    {
        Shows("unset COLUMNS; stty cols 72;", width: 72, isColoured: true);
        Shows("COLUMNS=50", width: 50, isColoured: true);
        Shows("NO_COLOR=1 COLUMNS=50", width: 50, isColoured: false);
        Shows("TERM=dumb COLUMNS=50", width: 50, isColoured: false);
    }

    private static void Shows(string before, int width, bool isColoured)
    {
        var runtime = DriftMonitorProcess.StartInfo("driftmonitor", [], ".").Environment["DOTNET_ROOT"];
        var compare = $"{before} '{DriftMonitorProcess.Executable}' compare '[1,0]' '[1,1]'";
        var shown = Machine
            .Run(Tool.Script, "-qc", $"unset NO_COLOR; export TERM=xterm DOTNET_ROOT='{runtime}'; {compare}", "/dev/null")
            .Succeeded();

        var lines = shown.Split('\n').Select(line => Escapes().Replace(line.TrimEnd('\r'), "").GetCellWidth()).ToList();
        Assert.InRange(lines.Max(), width - 8, width);
        Assert.Equal(isColoured, Escapes().IsMatch(shown.Replace("\u001b[?1h\u001b=", "", StringComparison.Ordinal)));
    }

    [GeneratedRegex("\u001b(\\[[0-9;?]*[a-zA-Z]|=)")]
    private static partial Regex Escapes();
}
