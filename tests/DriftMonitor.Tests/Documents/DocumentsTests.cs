using System.Text.RegularExpressions;
using DriftMonitor.Planning;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The documents of the repository: short enough, without dead links, and with examples that work.</summary>
public sealed partial class DocumentsTests
{
    private static readonly Document Readme = new("README.md");

    [Fact]
    public void The_README_has_at_most_150_lines() => Assert.InRange(File.ReadAllLines(Readme.Path).Length, 1, 150);

    [Fact]
    public void Every_relative_link_of_every_document_leads_somewhere()
    {
        var documents = Shell.Run("git", "-C", Repository.Root, "ls-files", "*.md").Succeeded()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("README.md", documents);
        var dead = new List<string>();
        foreach (var document in documents)
        {
            var path = Path.Combine(Repository.Root, document);
            foreach (Match link in Link().Matches(Prose(File.ReadAllText(path))))
            {
                var (file, anchor) = (Uri.UnescapeDataString(link.Groups["file"].Value), link.Groups["anchor"].Value);
                var target = file.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, file);
                if (!Path.Exists(target))
                {
                    dead.Add($"{document}: no file {file}");
                }
                else if (anchor.Length > 0 && !AnchorsOf(File.ReadAllText(target)).Contains(anchor))
                {
                    dead.Add($"{document}: no heading #{anchor} in {(file.Length == 0 ? document : file)}");
                }
            }
        }

        Assert.Empty(dead);
    }

    [Theory]
    [InlineData("# Two words", "two-words")]
    [InlineData("## `code`, and **more**: 2.5 %", "code-and-more-25-")]
    [InlineData("# A [link](there.md)", "a-link")]
    [InlineData("# Same\n# Same", "same-1")]
    public void A_heading_s_anchor_is_the_one_that_GitHub_gives_it(string text, string anchor) => Assert.Equal(anchor, AnchorsOf(text)[^1]);

    [Fact]
    public void The_README_s_configuration_has_at_most_ten_lines_and_passes_check_config()
    {
        var section = Readme.Section("configuration");
        var json = Block(section, "json");
        Assert.InRange(json.TrimEnd('\n').Split('\n').Length, 1, 10);
        using var workshop = new Workshop();
        workshop.Write("payments.json", json);

        // Eight payments a minute for four days, in place of the topic.
        var start = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        var random = new Random(1);
        workshop.Write("payments.ndjson", string.Concat(Enumerable.Range(0, 4 * 24 * 60 * 8).Select(i => FormattableString.Invariant(
            $"{{\"time\":\"{start.AddSeconds(7.5 * i):yyyy-MM-ddTHH:mm:ss.fffZ}\",\"amount\":{random.Next(1, 10_000) / 100.0}}}\n"))));
        var commands = Block(section, "sh").TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[1..]).ToArray();
        Assert.Equal(["reference", "check-config", "run"], commands.Select(command => command[0]));

        workshop.Run([.. commands[0], "--file", "payments.ndjson"]).Succeeded();
        var check = workshop.Run(commands[1]);

        check.Succeeded();
        Assert.Equal("", check.Errors);
    }

    [Fact]
    public void The_tutorial_s_configuration_is_good() =>
        Assert.Empty(MonitorPlan.Load(Path.Combine(Repository.Root, "deploy/docs/tutorial/flights.json"), [], Needs.Topics).Faults);

    [Fact]
    public void Every_test_that_the_table_of_faults_names_exists()
    {
        var table = new Document("deploy/docs/reliability.md").Between("## What was tried\n", "## Shutdown\n");
        var names = TestName().Matches(table).Select(match => match.Groups["name"].Value).Distinct().ToList();
        Assert.InRange(names.Count, 60, 200);
        var tests = typeof(DocumentsTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Select(method => method.Name).Append(type.Name)).ToHashSet(StringComparer.Ordinal);
        var core = string.Concat(
            Directory.GetFiles(Path.Combine(Repository.Root, "tests", "DriftMonitor.Core.Tests"), "*.cs").Select(File.ReadAllText));

        Assert.All(names, name => Assert.True(
            tests.Any(test => Is(test, name)) || core.Contains($" {name.TrimEnd('…')}", StringComparison.Ordinal), name));

        static bool Is(string test, string name) =>
            name.EndsWith('…') ? test.StartsWith(name[..^1], StringComparison.Ordinal) : test == name;
    }

    [FactRequires(Tool.Kubeconform, Tool.Schemas)]
    public void The_sidecar_s_manifest_is_valid_to_the_schemas_of_Kubernetes()
    {
        var schemas = Machine.Find(Tool.Schemas) + "/{{.ResourceKind}}{{.KindSuffix}}.json";
        var manifest = Block(new Document("deploy/docs/sidecar.md").Text, "yaml");
        Assert.Contains("kind: Deployment", manifest);
        Machine.RunOn(manifest, Tool.Kubeconform, "-strict", "-summary", "-schema-location", schemas, "-").Succeeded();
    }

    private static string Block(string text, string language) =>
        Regex.Match(text, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    // Neither a block of code nor code within a line has links.
    private static string Prose(string text) => Code().Replace(Fence().Replace(text, ""), "");

    private static List<string> AnchorsOf(string text)
    {
        var (headings, anchors) = (new List<string>(), new List<string>());
        foreach (Match heading in Heading().Matches(Fence().Replace(text, "")))
        {
            var words = Label().Replace(heading.Groups["text"].Value, "${label}").Trim().ToLowerInvariant();
            var anchor = string.Concat(words.Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_'))
                .Replace(' ', '-');
            var earlier = headings.Count(known => known == anchor);
            headings.Add(anchor);
            anchors.Add(earlier == 0 ? anchor : $"{anchor}-{earlier}");
        }

        return anchors;
    }

    [GeneratedRegex(@"\]\((?![a-z][a-z0-9+.-]*:)(?<file>[^)#\s]*)(#(?<anchor>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^#{1,6} (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]*…?|[A-Z][A-Za-z]*Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\[(?<label>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Label();
}
