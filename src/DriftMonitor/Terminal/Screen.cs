using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Options;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DriftMonitor.Terminal;

/// <summary>Standard output as people look at it: tables and bars that fit its width, in colour on a terminal.</summary>
/// <remarks>
/// Width: COLUMNS where it is set, else the terminal's own, else 100, so that what goes into files and documents is always the same. Colour: on a terminal only, and not where NO_COLOR is set (no-color.org).
/// Nothing of what is shown can move the cursor: <see cref="OneLine"/>.
/// </remarks>
internal sealed class Screen
{
    /// <summary>The width where nothing tells one.</summary>
    public const int DefaultWidth = 100;

    /// <summary>What is there for completeness.</summary>
    public static readonly Style Aside = new(decoration: Decoration.Dim);

    private const int LeastWidth = 40;
    private const int MostWidth = 240;
    private const int LeastBarWidth = 4;

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
        var isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var width = int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0 ? columns
            : isTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
            : DefaultWidth;
        return new Screen(Console.Out, width, isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    /// <summary>A table without lines; its cells are kept whole where the width allows it.</summary>
    /// <param name="columns">The headings; one that begins with a blank is that of numbers, to the right.</param>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var heading in columns)
        {
            var column = new TableColumn(new Text(heading.TrimStart(), Aside)) { Padding = new Padding(0, 0, 2, 0), NoWrap = heading.StartsWith(' ') };
            table.AddColumn(heading.StartsWith(' ') ? column.RightAligned() : column);
        }

        return table;
    }

    /// <summary>A name as one line of plain text, cut where it is longer than so many cells.</summary>
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

    /// <summary>Writes a table, a text or whatever else can be shown. A table's columns of bars share the width that the others leave, all alike, so that bars beside each other can be compared.</summary>
    public void Write(IRenderable renderable)
    {
        using var page = new StringWriter(CultureInfo.InvariantCulture);
        var console = ConsoleOf(page);
        if (renderable is Table table)
        {
            WidenBars(table, RenderOptions.Create(console));
        }

        console.Write(renderable);
        foreach (var line in page.ToString().TrimEnd('\r', '\n').Split('\n'))
        {
            _output.WriteLine(line.TrimEnd()); // cells are padded to their columns' widths
        }
    }

    /// <summary>Writes a text in one or more lines, broken between words where it is wider than the screen.</summary>
    /// <param name="text">The text; an empty one is an empty line.</param>
    /// <param name="isAside">Whether it is less than what stands around it, and dim on a terminal.</param>
    public void WriteLine(string text = "", bool isAside = false)
    {
        if (text.Length == 0)
        {
            _output.WriteLine();
            return;
        }

        Write(new Text(Plain(text), isAside ? Aside : Style.Plain));
    }

    /// <summary>Writes JSON, indented; it is for programs, so no line is broken.</summary>
    public void WriteJson(JsonNode json) => _output.WriteLine(json.ToJsonString(EffectiveOptions.Indented));

    /// <summary>Writes a property of a configuration, to be copied: a line for each of its own properties, and no line is broken.</summary>
    public void WriteJson(string name, JsonObject value)
    {
        _output.WriteLine($"{JsonValue.Create(name).ToJsonString()}: {{");
        foreach (var (place, (key, inner)) in value.Index())
        {
            _output.WriteLine($"  {JsonValue.Create(key).ToJsonString()}: {inner?.ToJsonString() ?? "null"}{(place < value.Count - 1 ? "," : "")}");
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
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false }, // which would ask the environment about build servers
            Out = new Page(page, Width),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    // Left to itself, a table may give one of two columns of bars a cell more, and its bars another scale.
    private void WidenBars(Table table, RenderOptions options)
    {
        var bars = new List<TableColumn>();
        var others = 0;
        foreach (var (i, column) in table.Columns.Index())
        {
            others += column.Padding?.Right ?? 0;
            var cells = table.Rows.Select(row => row.ElementAt(i)).ToList();
            if (cells.Exists(cell => cell is Bar))
            {
                bars.Add(column);
            }
            else
            {
                others += cells.Append(column.Header).Max(cell => cell.Measure(options, Width).Max);
            }
        }

        foreach (var column in bars)
        {
            column.Width = Math.Max(LeastBarWidth, (Width - others) / bars.Count);
        }
    }

    private sealed class Page(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width;

        public int Height => int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
            // A page has characters, and no bytes.
        }
    }
}
