using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests;

/// <summary>The tutorial's page about divergences, and README's screens that need no broker: they are what their commands print at a terminal of the usual width, messages too. With DRIFTMONITOR_UPDATE=1 (<c>make screens</c>) the test writes them.</summary>
[Collection("README.md")] // which several classes would write at once
public sealed partial class TutorialPageTests
{
    [Theory]
    [InlineData("deploy/tutorial/divergence.md", "# ", "")]
    [InlineData("README.md", "<!-- tutorial -->", "**2. ")]
    [InlineData("README.md", "<!-- workbench -->", "<!-- /workbench -->")]
    [InlineData("README.md", "<!-- bins -->", "<!-- /bins -->")]
    public void Every_screen_of_a_page_is_what_its_command_prints(string file, string begin, string end)
    {
        var path = Path.Combine(Repository.Root, file);
        var whole = File.ReadAllText(path);
        var from = whole.IndexOf(begin, StringComparison.Ordinal);
        var page = whole[from..(end.Length == 0 ? whole.Length : whole.IndexOf(end, from, StringComparison.Ordinal))];
        using var clone = new Workshop();
        Directory.CreateDirectory(clone["artifacts"]);
        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        Directory.CreateSymbolicLink(clone["deploy"], Path.Combine(Repository.Root, "deploy"));
        Directory.CreateSymbolicLink(clone["tests"], Path.Combine(Repository.Root, "tests"));
        var shown = Screen().Replace(page, screen => $"{screen.Groups["command"].Value}```text\n{Run(clone, screen.Groups["script"].Value)}```");

        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_UPDATE") == "1")
        {
            File.WriteAllText(path, whole[..from] + shown + whole[(from + page.Length)..]);
            return;
        }

        Assert.Equal(page, shown);
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
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/DriftMonitor.Core.Tests/Vectors/divergences.json")))!.AsArray().Single(golden => $"{golden!["name"]}" == name)!;
        var pair = PairedDistributions.Pair(Read(p), Read(q));
        Assert.Equal(golden["p"]!.AsArray().Select(share => share!.GetValue<double>()), pair.P.Probabilities.ToArray());
        Assert.Equal(golden["q"]!.AsArray().Select(share => share!.GetValue<double>()), pair.Q.Probabilities.ToArray());

        static GivenDistribution Read(string file) => GivenDistribution.Read("P", Path.Combine(Repository.Root, $"deploy/tutorial/divergence/{file}.json"));
    }

    // As DriftMonitorProcess starts it: with the runtime of the tests, and at the width of documents.
    private static string Run(Workshop clone, string script) =>
        Shell.Run("bash", "-euo", "pipefail", "-c", $"cd '{clone.Folder}' && unset COLUMNS && export DOTNET_ROOT='{DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"]}' && exec 2>&1\n{script.Replace("make build\n", "", StringComparison.Ordinal)}").Succeeded();

    [GeneratedRegex("(?<command>```sh\n(?<script>.*?)```\n\n)```text\n.*?```", RegexOptions.Singleline)]
    private static partial Regex Screen();
}
