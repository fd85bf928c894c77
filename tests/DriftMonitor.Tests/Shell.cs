using System.Diagnostics;
using System.Text;
using DriftMonitor.Commands;

namespace DriftMonitor.Tests;

/// <summary>The result of a finished process.</summary>
/// <param name="Command">What was run.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote on its standard output.</param>
/// <param name="Errors">What it wrote on its standard error.</param>
internal sealed record Finished(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>The output of a process that succeeded; otherwise the test fails with all of its output.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"{this}");
        return Output;
    }

    /// <summary>Asserts that the process succeeded without any output.</summary>
    public void HasNothingToSay() => Assert.Equal((0, "", ""), (ExitCode, Output, Errors));

    public override string ToString() => $"{Command}\nexit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs a program to its end, or kills it and its children at the deadline.</summary>
internal static class Shell
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static Finished Run(string file, params string[] arguments) => Run(file, arguments, input: null);

    public static Finished Run(string file, IEnumerable<string> arguments, string? input = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        var command = $"{file} {string.Join(' ', start.ArgumentList)}";
        var output = new StringBuilder();
        var errors = new StringBuilder();

        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; its exit code says why.
        }

        if (!process.WaitForExit(Deadline))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command}: not done after {Deadline}.\n{output}\n{errors}");
        }

        process.WaitForExit(); // Only this overload also waits for the last lines.
        return new Finished(command, process.ExitCode, output.ToString(), errors.ToString());
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            to.Append(line).Append('\n');
        }
    }
}
