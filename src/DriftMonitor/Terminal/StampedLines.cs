using Spectre.Console;

namespace DriftMonitor.Terminal;

/// <summary>Lines that begin with a time: <c>01:09  FIRING    order-country: …</c>. They may be written from any thread.</summary>
/// <remarks>
/// On a terminal, a longer line is broken between words and continues below its text, so that no line is wider than the terminal. A single
/// word that is wider, such as a URL, stays whole. In a pipe each message is one line, for scripts.
/// </remarks>
/// <param name="output">Where the lines go.</param>
/// <param name="width">The terminal's width in cells; null where lines are not broken.</param>
/// <param name="isColoured">Whether <see cref="Emphasis"/> is shown as colour.</param>
internal sealed class StampedLines(TextWriter output, int? width = null, bool isColoured = false)
{
    private const string Gap = "  ";
    private const char NoBreak = '\u00A0';
    private const int LeastWidth = 20;

    private readonly Lock _writing = new();

    /// <summary>On standard output.</summary>
    public static StampedLines OnStandardOutput() =>
        new(Console.Out, Screen.IsTerminal ? Screen.KnownWidth : null, Screen.IsColoured);

    /// <summary>Writes a message.</summary>
    /// <param name="stamp">The time, before its first line.</param>
    /// <param name="text">The message.</param>
    /// <param name="emphasis">How its first word stands out.</param>
    public void Write(string stamp, string text, Emphasis emphasis = Emphasis.None)
    {
        var indent = stamp.Length + Gap.Length;
        var lines = width is { } known ? Break(text, Math.Max(known - indent, LeastWidth)) : [text];
        lines[0] = Emphasised(lines[0], emphasis);
        lock (_writing)
        {
            output.WriteLine(stamp + Gap + string.Join($"{Environment.NewLine}{new string(' ', indent)}", lines));
        }
    }

    private static List<string> Break(string text, int cells)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Replace(" %", $"{NoBreak}%", StringComparison.Ordinal).Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (longer.GetCellWidth() <= cells || string.IsNullOrWhiteSpace(line))
            {
                line = longer;
                continue;
            }

            lines.Add(line);
            line = word;
        }

        lines.Add(line);
        return lines.ConvertAll(broken => broken.TrimEnd(' ').Replace(NoBreak, ' '));
    }

    private string Emphasised(string line, Emphasis emphasis)
    {
        var code = emphasis switch { Emphasis.Good => "32", Emphasis.Warning => "33", Emphasis.Alarm => "1;31", _ => "" };
        if (!isColoured || code.Length == 0)
        {
            return line;
        }

        var end = line.IndexOf(' ', StringComparison.Ordinal) is var blank and >= 0 ? blank : line.Length;
        return $"\e[{code}m{line[..end]}\e[0m{line[end..]}";
    }
}
