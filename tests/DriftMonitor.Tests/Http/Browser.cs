using DriftMonitor.Tests.Documents;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Http;

/// <summary>What a browser made of a page.</summary>
/// <param name="Document">The document as it stood at the end, as markup.</param>
/// <param name="Console">
/// What scripts and the browser itself wrote to the console, errors and breaches of the page's policy among it.
/// </param>
internal sealed record Seen(string Document, IReadOnlyList<string> Console);

/// <summary>Chromium without a window.</summary>
internal static class Browser
{
    private static readonly string[] Alone =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0",
    ];

    /// <summary>
    /// Loads a page and lets time pass for its scripts, none of it in reality: a timer is due as soon as nothing is being fetched.
    /// </summary>
    public static async Task<Seen> LookAsync(Uri address, TimeSpan time = default)
    {
        var profile = Directory.CreateTempSubdirectory("driftmonitor-chromium-");
        try
        {
            string[] patience = time > TimeSpan.Zero ? [$"--virtual-time-budget={time.TotalMilliseconds:0}"] : [];
            var finished = await Task.Run(() => Machine.Run(Tool.Chromium, [.. Alone, $"--user-data-dir={profile.FullName}", .. patience, "--dump-dom", address.ToString()]));
            return new Seen(finished.Succeeded(), [.. finished.Errors.Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal))]);
        }
        finally
        {
            Forget(profile);
        }
    }

    // A process of the browser may be writing its last file yet.
    private static void Forget(DirectoryInfo profile)
    {
        try
        {
            profile.Delete(recursive: true);
        }
        catch (IOException)
        {
        }
    }
}
