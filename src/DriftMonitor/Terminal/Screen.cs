using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Http;
using DriftMonitor.Wording;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DriftMonitor.Terminal;

/// <summary>Standard output for people: tables and bars that fit its width, in colour on a terminal.</summary>
/// <remarks>
/// Width: COLUMNS where it is set, else that of the terminal, else 100, so that output into files and documents is always the same.
/// Colour: only on a terminal, and not where NO_COLOR is set (no-color.org). No text shown can move the cursor: <see cref="OneLine"/>.
/// </remarks>
internal sealed class Screen
{
    /// <summary>The width where neither COLUMNS nor a terminal gives one.</summary>
    public const int DefaultWidth = 100;

    /// <summary>The style of less important text.</summary>
    public static readonly Style Aside = new(decoration: Decoration.Dim);

    private const int LeastWidth = 40;
    private const int MostWidth = 240;
    private const int LeastBarWidth = 4;
    private const int FewestColumns = 2;

    // Replaces a blank at which no line may be broken, until lines have been broken: Spectre breaks at no-break spaces too. A character for
    // private use, so that no text contains it with a meaning.
    private const char NoBreak = '\uE000';

    private readonly TextWriter _output;
    private readonly bool _isColoured;

    /// <summary>A screen of a given width.</summary>
    public Screen(TextWriter output, int width = DefaultWidth, bool isColoured = false)
    {
        _output = output;
        _isColoured = isColoured;
        Width = Math.Clamp(width, LeastWidth, MostWidth);
    }

    /// <summary>The width in character cells.</summary>
    public int Width { get; }

    /// <summary>The process's standard output, in UTF-8.</summary>
    public static Screen OfStandardOutput()
    {
        Console.OutputEncoding = Encoding.UTF8;
        return new Screen(Console.Out, KnownWidth ?? DefaultWidth, IsColoured);
    }

    /// <summary>The width of standard output; null where it is no terminal and COLUMNS is not set.</summary>
    public static int? KnownWidth =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
            && columns > 0 ? columns
        : IsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
        : null;

    /// <summary>Whether standard output is a terminal that understands escape sequences.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Whether standard output may have colours.</summary>
    public static bool IsColoured => IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>
    /// A table without lines. Where its words need more than the width, it first leaves out its bars, then breaks lines between words, then
    /// narrows the gaps between columns to one blank, then leaves out columns from the right.
    /// </summary>
    /// <param name="columns">The headings; one that begins with a blank is for numbers: aligned to the right, never broken.</param>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var heading in columns)
        {
            var isNumber = heading.StartsWith(' ');
            var column = new TableColumn(new Text(heading.TrimStart(), Aside)) { Padding = new Padding(0, 0, 2, 0), NoWrap = isNumber };
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        return table;
    }

    /// <summary>A name as one line of plain text, cut where it is wider than so many cells.</summary>
    public static string Plain(string name, int cells = int.MaxValue)
    {
        var plain = OneLine.Name(name);
        if (plain.Length <= cells && plain.GetCellWidth() <= cells)
        {
            return plain;
        }

        var cut = new StringBuilder();
        var width = 1; // the ellipsis
        foreach (var rune in plain.EnumerateRunes())
        {
            width += rune.ToString().GetCellWidth();
            if (width > cells)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append('…').ToString();
    }

    /// <summary>The same for a bin, whose label may be empty.</summary>
    public static string PlainLabel(string label, int cells) => label.Length == 0 ? "\"\"" : Plain(label, cells);

    /// <summary>A text that is never broken into lines.</summary>
    public static string Unbroken(string text) => text.Replace(' ', NoBreak);

    /// <summary>
    /// Writes a table or a text. The columns of bars in a table share the width that the others leave, in equal parts, so that bars can be
    /// compared across columns.
    /// </summary>
    public void Write(IRenderable renderable)
    {
        using var page = new StringWriter(CultureInfo.InvariantCulture);
        var console = ConsoleOf(page);
        var leftOut = 0;
        console.Write(renderable is Table table ? Fitted(table, RenderOptions.Create(console), out leftOut) : renderable);
        foreach (var line in page.ToString().TrimEnd('\r', '\n').Split('\n'))
        {
            _output.WriteLine(line.Replace(NoBreak, ' ').TrimEnd()); // cells are padded to the width of their column
        }

        if (leftOut > 0)
        {
            WriteLine($"({leftOut} more {Phrases.Noun(leftOut, "column")} in a wider terminal)", isAside: true);
        }
    }

    /// <summary>Writes a text in one or more lines, broken between words where it is wider than the screen.</summary>
    /// <param name="text">The text; an empty one is an empty line.</param>
    /// <param name="isAside">Whether it is less important than the text around it, and so dim on a terminal.</param>
    public void WriteLine(string text = "", bool isAside = false)
    {
        if (text.Length == 0)
        {
            _output.WriteLine();
            return;
        }

        Write(new Text(Plain(text), isAside ? Aside : Style.Plain));
    }

    /// <summary>Writes indented JSON; it is for programs, so no line is broken.</summary>
    public void WriteJson(JsonNode json) => _output.WriteLine(json.ToJsonString(JsonStyle.Indented));

    /// <summary>Writes a configuration property for copying: one line for each of its own properties, and no line is broken.</summary>
    public void WriteJson(string name, JsonObject value)
    {
        _output.WriteLine($"{JsonValue.Create(name).ToJsonString()}: {{");
        foreach (var (place, (key, inner)) in value.Index())
        {
            var comma = place < value.Count - 1 ? "," : "";
            _output.WriteLine($"  {JsonValue.Create(key).ToJsonString()}: {inner?.ToJsonString() ?? "null"}{comma}");
        }

        _output.WriteLine("}");
    }

    private IAnsiConsole ConsoleOf(TextWriter page)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = _isColoured ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = _isColoured ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false }, // which look for build servers
            Out = new Page(page, Width),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    // Spectre alone would break words in two, and might give one of two columns of bars one cell more, and so another scale.
    private Table Fitted(Table table, RenderOptions options, out int leftOut)
    {
        var columns = table.Columns.Select((column, i) => Measured(table, column, i, options)).ToList();
        var others = columns.Where(column => !column.IsBar).ToList();
        leftOut = 0;
        if (columns.Sum(column => column.Most + column.Padding) <= Width)
        {
            var room = Width - others.Sum(column => column.Most) - columns.Sum(column => column.Padding);
            foreach (var column in columns.Where(column => column.IsBar))
            {
                column.Column.Width = room / (columns.Count - others.Count);
            }

            return table;
        }

        if (others.Sum(column => column.Least + column.Padding) > Width)
        {
            others.ForEach(column => column.Column.Padding = new Padding(0, 0, 1, 0));
        }

        while (others.Count > FewestColumns && others.Sum(column => column.Least + column.Padding) > Width)
        {
            others.RemoveAt(others.Count - 1);
            leftOut++;
        }

        var widths = others.ConvertAll(column => column.Most);
        while (widths.Sum() + others.Sum(column => column.Padding) > Width)
        {
            var widest = others.Index()
                .Where(column => widths[column.Index] > column.Item.Least)
                .Select(column => column.Index)
                .OrderByDescending(i => widths[i])
                .FirstOrDefault(-1);
            if (widest < 0)
            {
                break;
            }

            widths[widest]--;
        }

        var fitted = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var (column, width) in others.Zip(widths))
        {
            column.Column.Width = width;
            fitted.AddColumn(column.Column);
        }

        foreach (var row in table.Rows)
        {
            fitted.AddRow(others.Select(column => row.ElementAt(column.Place)));
        }

        return fitted;
    }

    private static MeasuredColumn Measured(Table table, TableColumn column, int place, RenderOptions options)
    {
        var cells = table.Rows.Select(row => row.ElementAt(place)).ToList();
        if (cells.Exists(cell => cell is Bar))
        {
            return new MeasuredColumn(column, place, LeastBarWidth, LeastBarWidth, IsBar: true);
        }

        var header = column.Header.Measure(options, MostWidth);
        var measured = cells.ConvertAll(cell => cell.Measure(options, MostWidth));
        return new MeasuredColumn(
            column,
            place,
            measured.Select(cell => column.NoWrap ? cell.Max : cell.Min).Append(header.Min).Max(),
            measured.Select(cell => cell.Max).Append(header.Max).Max(),
            IsBar: false);
    }

    /// <summary>A column with the fewest and the most cells that its words need.</summary>
    private sealed record MeasuredColumn(TableColumn Column, int Place, int Least, int Most, bool IsBar)
    {
        public int Padding => Column.Padding?.Right ?? 0;
    }

    private sealed class Page(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width;

        public int Height => int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
            // A page consists of characters, not bytes.
        }
    }
}
