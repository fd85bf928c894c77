using System.Text.RegularExpressions;
using DriftMonitor.Tests.Service;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The Helm chart and the ways in which the tests render it.</summary>
internal static class Chart
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "helm", "drift-monitor");

    /// <summary>The values under ci/, each a way to install the chart.</summary>
    public static IReadOnlyList<string> CiValues { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "ci"), "*-values.yaml").Order(StringComparer.Ordinal)];

    public static string Ci(string name) => CiValues.Single(file => Path.GetFileName(file) == $"{name}-values.yaml");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public static Finished TryRender(params string[] options) =>
        Machine.Run(Tool.Helm, ["template", "test", Folder, .. options]);

    public static string Render(params string[] options) => TryRender(options).Succeeded();

    /// <summary>The only object of a kind in a rendering.</summary>
    public static YamlNode Only(string rendered, string kind) => Assert.Single(All(rendered, kind));

    public static IEnumerable<YamlNode> All(string rendered, string kind) =>
        Yaml.Documents(rendered).Where(node => node.Text("kind") == kind);

    /// <summary>The container of the program in a pod template.</summary>
    public static YamlNode Container(YamlNode workload, string list = "containers") =>
        workload.Path("spec.template.spec").Items(list).Single(container => container.Text("name") == "drift-monitor");

    /// <summary>Where the chart mounts Secrets.</summary>
    public const string SecretsFolder = "/etc/drift-monitor-secrets";

    /// <summary>
    /// Writes the files of the rendered ConfigMap, and those of the Secrets that the configuration names in a folder beside them.
    /// </summary>
    /// <returns>That folder; null where there is no ConfigMap.</returns>
    public static string? Mount(string rendered, Workshop workshop)
    {
        var files = MountedFiles(rendered);
        if (files.Count == 0)
        {
            return null;
        }

        var secrets = workshop["secrets"];
        foreach (var (name, text) in files)
        {
            foreach (Match secret in Regex.Matches(text, $"\"{SecretsFolder}(/[^\"]+)\""))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(secrets + secret.Groups[1].Value)!);
                File.WriteAllText(secrets + secret.Groups[1].Value, "https://hooks.example.com/x");
            }

            workshop.Write(name, text.Replace(SecretsFolder, secrets, StringComparison.Ordinal));
        }

        return secrets;
    }

    /// <summary>The files of the rendered ConfigMap, by their names; none where there is no ConfigMap.</summary>
    public static IReadOnlyDictionary<string, string> MountedFiles(string rendered) =>
        rendered.Split('\n')
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.EndsWith(".json: |-", StringComparison.Ordinal))
            .Select(line => line.Trim()[..^": |-".Length]).ToDictionary(name => name, name => MountedFile(rendered, name));

    /// <summary>The text of a block scalar <c>key: |-</c> of a rendered ConfigMap.</summary>
    public static string MountedFile(string rendered, string key)
    {
        var lines = rendered.Split('\n').SkipWhile(line => line != $"  {key}: |-").Skip(1)
            .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal));
        return string.Join('\n', lines.Select(line => line[4..]));
    }
}
