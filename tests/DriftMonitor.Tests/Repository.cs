namespace DriftMonitor.Tests;

/// <summary>The repository in which the tests were built.</summary>
internal static class Repository
{
    /// <summary>The folder of DriftMonitor.sln.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException("DriftMonitor.sln is in no folder above the tests.")
        : File.Exists(Path.Combine(folder.FullName, "DriftMonitor.sln")) ? folder.FullName
        : Find(folder.Parent);
}
