using DriftMonitor.Live;

namespace DriftMonitor.Tests;

/// <summary>Compares a text with a file of the repository, byte by byte.</summary>
internal static class Snapshot
{
    /// <summary>
    /// If they differ, the received text is written beside the file, to compare it with <c>diff</c> or to replace the file.
    /// </summary>
    /// <param name="file">The file's path below tests/DriftMonitor.Tests.</param>
    /// <param name="actual">The text that should be in it.</param>
    public static void Matches(string file, string actual)
    {
        var path = Path.Combine(Repository.Root, "tests", "DriftMonitor.Tests", file);
        var received = path + ".received";
        if (File.Exists(path) && File.ReadAllText(path) == actual)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, actual);
        Assert.Fail($"{path} differs from what was received: {received}. If the latter is right, move it over the former.");
    }
}
