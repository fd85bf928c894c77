using DriftMonitor.Tests.Documents;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Http;

/// <summary>A page as a browser rendered it.</summary>
/// <param name="Document">The markup of the document at the end.</param>
/// <param name="Console">
/// What scripts and the browser wrote to the console, including errors and violations of the content security policy.
/// </param>
internal sealed record Seen(string Document, IReadOnlyList<string> Console);

/// <summary>Chromium without a window.</summary>
internal static class Browser
{
    private static readonly string[] Alone =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0",
    ];

    /// <summary>
    /// Loads a page and lets virtual time pass for its scripts: a timer is due as soon as nothing is being fetched.
    /// </summary>
    public static async Task<Seen> LookAsync(Uri address, TimeSpan time = default)
    {
        var profile = Directory.CreateTempSubdirectory("driftmonitor-chromium-");
        try
        {
            string[] patience = time > TimeSpan.Zero ? [$"--virtual-time-budget={time.TotalMilliseconds:0}"] : [];
            string[] options = [.. Alone, $"--user-data-dir={profile.FullName}", .. patience, "--dump-dom", address.ToString()];
            var finished = await Task.Run(() => Machine.Run(Tool.Chromium, options));
            var console = finished.Errors.Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal));
            return new Seen(finished.Succeeded(), [.. console]);
        }
        finally
        {
            Forget(profile);
        }
    }

    // A process of the browser may still be writing a file.
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
