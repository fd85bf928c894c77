using DriftMonitor.Core.Distributions;
using DriftMonitor.Planning;

namespace DriftMonitor.Tests.Planning;

/// <summary>A configuration in a folder of its own, with a reference of the field dep_delay beside it.</summary>
internal sealed class Configuration : IDisposable
{
    /// <summary>The smallest good configuration; tests replace parts of it.</summary>
    public const string Good = """
        { "DriftMonitor": { "Monitors": [ {
            "Name": "departure-delay", "Topic": "flights", "Field": "dep_delay", "Windows": ["6h", "24h"], "Pane": "1h",
            "Reference": { "File": "departure-delay.json" } } ] } }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("drift-monitor-");

    public Configuration(string text, string name = "config.json")
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllText(Path, text);
        Add("departure-delay.json", Reference("dep_delay", "2013-01-01T00:00:00Z"));
    }

    public string Path { get; }

    public string Folder => _folder.FullName;

    public static string Reference(string field, string from) => $$"""
        { "format": "driftmonitor.reference/1", "field": "{{field}}", "bins": { "kind": "edges", "edges": [0, 10, 20] },
          "counts": { "regular": [60, 40], "special": {} }, "from": "{{from}}", "to": "2013-02-01T00:00:00Z" }
        """;

    public void Add(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Folder, name), text);

    public MonitorPlan Plan(Needs needs = Needs.All, params (string Name, string Value)[] environment) =>
        MonitorPlan.Load(Path, environment.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value)), needs);

    /// <summary>The faults as people read them, without the name of the folder.</summary>
    public string[] Faults(Needs needs = Needs.All, params (string Name, string Value)[] environment)
    {
        var folder = Folder + System.IO.Path.DirectorySeparatorChar;
        return [.. Plan(needs, environment).Faults.Select(fault => $"{fault}".Replace(folder, "", StringComparison.Ordinal))];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
