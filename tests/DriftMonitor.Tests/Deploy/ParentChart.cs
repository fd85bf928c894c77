using DriftMonitor.Tests.Documents;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The chart of an application that includes the sidecar, with the files that deploy/docs/sidecar.md has for it.</summary>
internal sealed class ParentChart : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-parent-");

    public ParentChart()
    {
        var text = new Document("deploy/docs/sidecar.md").Section("chart");
        foreach (var file in new[] { "Chart.yaml", "values.yaml", "templates/deployment.yaml" })
        {
            var begin = $"```yaml\n# {file}\n";
            var from = text.IndexOf(begin, StringComparison.Ordinal);
            Assert.True(from >= 0, $"deploy/docs/sidecar.md has no {file}");
            from += begin.Length;
            var path = Path.Combine(Folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text[from..text.IndexOf("```", from, StringComparison.Ordinal)]);
        }

        // As `helm dependency update` does with a folder.
        Directory.CreateDirectory(Path.Combine(Folder, "charts"));
        Shell.Run("cp", "-r", Chart.Folder, Path.Combine(Folder, "charts", "drift-monitor")).Succeeded();
    }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
