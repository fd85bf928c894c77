using System.Diagnostics;
using System.Text;

namespace DriftMonitor.Tests;

/// <summary>Runs the executable as people do, from its arguments to its exit code.</summary>
internal static class Product
{
    // The build puts it beside the tests.
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "driftmonitor.exe" : "driftmonitor");

    /// <summary>Runs a verb to its end.</summary>
    /// <returns>Its exit code, standard output and standard error.</returns>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Runs a verb that must end well.</summary>
    /// <returns>Its standard output.</returns>
    public static async Task<string> SucceedAsync(params IEnumerable<string> arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.True(code == 0, $"driftmonitor {string.Join(' ', arguments)}: exit code {code}\n{errors}");
        return output;
    }
}
