namespace DriftMonitor.Tests.Documents;

/// <summary>A document of the repository, parts of which are generated: tests compare them with what the program says.</summary>
/// <remarks>With DRIFTMONITOR_UPDATE=1 (<c>make screens</c>), tests with the trait <c>Document=generated</c> write them instead.</remarks>
internal sealed class Document
{
    /// <summary>The collection of the tests that write documents, which therefore run one after another.</summary>
    public const string Collection = "documents";

    private readonly string _file;

    /// <param name="file">The document's path in the repository, such as <c>README.md</c>.</param>
    public Document(string file) => _file = file;

    /// <summary>The document's path.</summary>
    public string Path => System.IO.Path.Combine(Repository.Root, _file);

    /// <summary>The document's text.</summary>
    public string Text => File.ReadAllText(Path);

    /// <summary>The text from one mark up to another; up to the end of the document if the latter is empty.</summary>
    public string Between(string begin, string end)
    {
        var text = Text;
        var (from, to) = Find(text, begin, end);
        return text[from..to];
    }

    /// <summary>The text between <c>&lt;!-- section --&gt;</c> and <c>&lt;!-- /section --&gt;</c>.</summary>
    public string Section(string section) => Between($"<!-- {section} -->\n", $"<!-- /{section} -->");

    /// <summary>Asserts that a section has the text, or writes it.</summary>
    public void SectionIs(string section, string expected) => Is($"<!-- {section} -->\n", $"<!-- /{section} -->", expected);

    /// <summary>Asserts that the text from one mark up to another is the expected one, or writes it.</summary>
    public void Is(string begin, string end, string expected)
    {
        var text = Text;
        var (from, to) = Find(text, begin, end);
        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_UPDATE") == "1")
        {
            File.WriteAllText(Path, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }

    private (int From, int To) Find(string text, string begin, string end)
    {
        var mark = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(mark >= 0, $"{_file} has no '{begin}'");
        var from = mark + begin.Length;
        var to = end.Length == 0 ? text.Length : text.IndexOf(end, from, StringComparison.Ordinal);
        Assert.True(to >= 0, $"{_file} has no '{end}' after '{begin}'");
        return (from, to);
    }
}
