using System.ComponentModel;
using System.Diagnostics;

namespace DriftMonitor.History;

/// <summary>Prometheus's promtool, which makes blocks of a database from OpenMetrics files.</summary>
internal sealed class Promtool
{
    // Ctrl-C goes to promtool too, and its end may be seen before our own signal.
    private static readonly TimeSpan SignalDelay = TimeSpan.FromMilliseconds(100);

    private readonly string _path;

    private Promtool(string path) => _path = path;

    /// <summary>Finds the program on the PATH.</summary>
    /// <exception cref="HistoryException">It is not there.</exception>
    public static Promtool Find()
    {
        var name = OperatingSystem.IsWindows() ? "promtool.exe" : "promtool";
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        var path = folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return path is not null ? new Promtool(path) : throw new HistoryException(
            "--blocks needs promtool, which is not on the PATH: it is part of Prometheus (apt-get install prometheus, or the archive of "
            + "https://prometheus.io/download); or write OpenMetrics files with --out DIR, and run promtool elsewhere");
    }

    /// <summary>Makes blocks from a file.</summary>
    /// <param name="file">The OpenMetrics file.</param>
    /// <param name="folder">Where the blocks go.</param>
    /// <param name="stopping">Kills promtool.</param>
    /// <exception cref="HistoryException">promtool failed.</exception>
    public void CreateBlocks(string file, string folder, CancellationToken stopping)
    {
        // Promtool reads the whole file once for each block, so a file of a day makes as few as possible.
        string[] arguments =
            ["tsdb", "create-blocks-from", "--max-block-duration=24h", "--quiet", "openmetrics", file, folder];
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            process.WaitForExitAsync(stopping).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            throw;
        }

        if (process.ExitCode == 0)
        {
            return;
        }

        stopping.WaitHandle.WaitOne(SignalDelay);
        stopping.ThrowIfCancellationRequested();
        var said = $"{errors.GetAwaiter().GetResult()} {output.GetAwaiter().GetResult()}".Trim();
        throw new HistoryException($"promtool cannot make blocks from {file}: {said} (exit code {process.ExitCode})");
    }

    private Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(_path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw new HistoryException($"{_path} cannot be run: {e.Message}", e);
        }
    }
}
