namespace DriftMonitor.Core.Tests;

/// <summary>A fact on the golden figures of DRIFTMONITOR_SHARED, skipped where these are not on the machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GoldenFactAttribute : FactAttribute
{
    /// <summary>Skips the test unless the machine has the file.</summary>
    /// <param name="file">The file in the folder <c>vectors</c>.</param>
    public GoldenFactAttribute(string file)
    {
        if (Golden.SharedPath(file) is not { } path || !File.Exists(path))
        {
            Skip = $"Not on this machine (CONTRIBUTING.md, Tests): vectors/{file} of DRIFTMONITOR_SHARED";
        }
    }
}
