using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The screens of documents that need no broker are what their commands print, messages too, at the usual width.</summary>
[Collection(Document.Collection)]
public sealed partial class DocumentScreensTests
{
    [Theory]
    [Trait("Document", "generated")]
    [InlineData("divergence.md", "# ", "")]
    [InlineData("tutorial.md", "<!-- tutorial -->", "\n## 2. ")]
    [InlineData("references.md", "<!-- bins -->", "<!-- /bins -->")]
    [InlineData("applications/groups.md", "<!-- groups -->", "<!-- /groups -->")]
    [InlineData("applications/groups.md", "<!-- before -->", "<!-- /before -->")]
    [InlineData("applications/models.md", "# ", "")]
    [InlineData("applications/pairs.md", "# ", "")]
    [InlineData("applications/words.md", "# ", "")]
    [InlineData("applications/regimes.md", "<!-- before -->", "<!-- /after -->")]
    [InlineData("applications/texts.md", "# ", "")]
    [InlineData("first-use.md", "<!-- init -->", "<!-- /init -->")]
    public void Every_screen_of_a_page_is_what_its_command_prints(string file, string begin, string end)
    {
        var document = new Document($"deploy/docs/{file}");
        var page = document.Between(begin, end);
        using var clone = new Workshop();
        Directory.CreateDirectory(clone["artifacts"]);
        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        Directory.CreateSymbolicLink(clone["deploy"], Path.Combine(Repository.Root, "deploy"));
        Directory.CreateSymbolicLink(clone["tests"], Path.Combine(Repository.Root, "tests"));
        Assert.NotEmpty(Screen().Matches(page));

        document.Is(begin, end, Screen().Replace(page, screen =>
            $"{screen.Groups["command"].Value}```text\n{Run(clone, screen.Groups["script"].Value)}```"));
    }

    [Theory]
    [InlineData("spam 0.8/0.2 modelled 0.6/0.4", "spam", "spam-model")]
    [InlineData("vehicles", "vehicles", "vehicles-model")]
    [InlineData("advert clicked 0.2 modelled 0.3", "advert", "advert-model")]
    [InlineData("fruit", "fruit", "fruit-model")]
    [InlineData("weather", "weather", "weather-forecast")]
    [InlineData("teeth against uniform", "teeth", "teeth-uniform")]
    [InlineData("teeth against binomial of the same mean", "teeth", "teeth-binomial")]
    public void The_page_s_examples_are_golden_cases(string name, string p, string q)
    {
        var cases = Path.Combine(Repository.Root, "tests/DriftMonitor.Core.Tests/Vectors/divergences.json");
        var golden = JsonNode.Parse(File.ReadAllText(cases))!.AsArray().Single(golden => $"{golden!["name"]}" == name)!;
        var pair = PairedDistributions.Pair(Read(p), Read(q));
        Assert.Equal(golden["p"]!.AsArray().Select(share => share!.GetValue<double>()), pair.P.Probabilities.ToArray());
        Assert.Equal(golden["q"]!.AsArray().Select(share => share!.GetValue<double>()), pair.Q.Probabilities.ToArray());

        static GivenDistribution Read(string file) =>
            GivenDistribution.Read("P", Path.Combine(Repository.Root, $"deploy/docs/divergence/{file}.json"));
    }

    // As DriftMonitorProcess starts it: with the runtime of the tests, and at the width of documents.
    private static string Run(Workshop clone, string script)
    {
        var runtime = DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"];
        var commands = script.Replace("make build\n", "", StringComparison.Ordinal);
        return Shell.Run("bash", "-euo", "pipefail", "-c",
            $"cd '{clone.Folder}' && unset COLUMNS && export DOTNET_ROOT='{runtime}' && exec 2>&1\n{commands}").Succeeded();
    }

    [GeneratedRegex("(?<command>```sh\n(?<script>.*?)```\n\n)```text\n.*?```", RegexOptions.Singleline)]
    private static partial Regex Screen();
}
