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
