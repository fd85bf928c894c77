using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using DriftMonitor.Commands;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.Tests;

/// <summary>The layout that src/README.md shows: three projects, one direction; in each, a folder uses only folders above it.</summary>
public sealed class LayoutTests
{
    private static readonly string[] Core =
    [
        "State", "Numerics", "Time", "Derivations", "Binning", "Distributions", "Divergences", "Windows", "References", "Readings",
        "Calibration", "Alerts", "Monitoring",
    ];

    private static readonly string[] Streaming =
        ["Events", "Decoding", "Sources.Files", "Sources.Kafka", "Sources.Ingest", "Sources.Synthetic", "References", "", "Checkpoints"];

    private static readonly string[] Executable =
    [
        "Wording", "Terminal", "Configuration", "Planning", "Live", "Metrics", "Telemetry", "Notifications", "Http", "Samples", "History",
        "WhatIf", "Reports", "Proposals", "Hosting", "Commands", "",
    ];

    private static readonly Architecture Loaded = new ArchLoader().LoadAssemblies(
        typeof(EventTime).Assembly, typeof(Pipeline).Assembly, typeof(Verbs).Assembly).Build();

    [Fact]
    public void A_folder_of_Core_uses_only_folders_above_it() => UsesOnlyFoldersAbove("DriftMonitor.Core", Core);

    [Fact]
    public void A_folder_of_Streaming_uses_only_folders_above_it() => UsesOnlyFoldersAbove("DriftMonitor.Streaming", Streaming);

    [Fact]
    public void A_folder_of_the_executable_uses_only_folders_above_it() => UsesOnlyFoldersAbove("DriftMonitor", Executable);

    [Fact]
    public void Every_type_lives_in_the_namespace_of_its_folder()
    {
        var source = Path.Combine(Repository.Root, "src");
        var misplaced =
            from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!)
            where !folder.Split(Path.DirectorySeparatorChar).Contains("obj")
            let declared = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
            where declared is not null && declared != $"namespace {folder.Replace(Path.DirectorySeparatorChar, '.')};"
            select $"{Path.GetRelativePath(source, file)}: {declared}";

        Assert.Empty(misplaced);
    }

    [Fact]
    public void No_line_of_code_is_longer_than_140_characters()
    {
        var tooLong =
            from folder in new[] { "src", "tests" }
            from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(Repository.Root, file)
            where !path.Split(Path.DirectorySeparatorChar).Contains("obj")
            from line in File.ReadLines(file).Index()
            where line.Item.Length > 140
            select $"{path}:{line.Index + 1}";

        Assert.Empty(tooLong);
    }

    private static void UsesOnlyFoldersAbove(string project, string[] order)
    {
        var places = order.Index().ToDictionary(
            folder => folder.Item.Length == 0 ? project : $"{project}.{folder.Item}",
            folder => folder.Index);
        var ours = Loaded.Types
            .Where(type => AssemblyOf(type) == AssemblyOf(project))
            .Where(type => type.Namespace.FullName.StartsWith("DriftMonitor", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(ours);
        Assert.Empty(ours.Select(type => type.Namespace.FullName).Where(name => !places.ContainsKey(name)).Distinct());

        var against =
            from type in ours
            from used in type.GetTypeDependencies(Loaded)
            where AssemblyOf(used) == AssemblyOf(type)
                && places.TryGetValue(used.Namespace.FullName, out var place)
                && place > places[type.Namespace.FullName]
            select $"{type.FullName} uses {used.FullName}";
        Assert.Empty(against.Distinct());
    }

    private static string AssemblyOf(IType type) => type.Assembly.Name.Split(',')[0];

    private static string AssemblyOf(string project) => project == "DriftMonitor" ? "driftmonitor" : project;
}
