namespace DriftMonitor.Tests.Deploy;

/// <summary>A fact that is skipped, and says what is missing, where one of its tools is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolAttribute : FactAttribute
{
    public RequiresToolAttribute(params string[] tools)
    {
        // xunit 2.9 cannot skip at run time: the decision is made when the test is discovered.
        var missing = tools.Where(tool => Tools.All(tool).Count == 0).ToArray();
        if (missing.Length > 0)
        {
            Skip = $"Not found on PATH nor in $DRIFTMONITOR_SHARED/tools: {string.Join(", ", missing)}";
        }
    }
}

/// <summary>Finds tools in <c>$DRIFTMONITOR_SHARED/tools</c>, whose <c>unpack.sh</c> is run once, and on the PATH.</summary>
internal static class Tools
{
    private static readonly Lazy<string[]> Folders = new(FindFolders);

    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The first of <see cref="All"/>.</summary>
    public static string Find(string name) => All(name)[0];

    /// <summary>Every file or folder of that name, those of the shared tools first: a PATH's may be years old.</summary>
    public static IReadOnlyList<string> All(string name) =>
        [.. Folders.Value.Select(folder => Path.Combine(folder, name)).Where(Path.Exists)];

    private static string[] FindFolders()
    {
        var folders = new List<string>();
        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED") is { Length: > 0 } shared)
        {
            var tools = Path.Combine(Path.GetFullPath(shared), "tools");
            var unpack = Path.Combine(tools, "unpack.sh");
            if (File.Exists(unpack) && Shell.Run(unpack) is { ExitCode: 0 } unpacked)
            {
                folders.Add(unpacked.Output.Trim());
            }

            folders.Add(tools);
        }

        folders.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        return [.. folders.Select(folder => Path.GetFullPath(folder).TrimEnd('/')).Distinct()];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DriftMonitor.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No DriftMonitor.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
