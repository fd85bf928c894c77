using System.CommandLine;
using DriftMonitor.Hosting;
using DriftMonitor.Terminal;

namespace DriftMonitor.Commands;

/// <summary>The root command with all verbs, and how it is run.</summary>
internal static class Verbs
{
    /// <summary>Creates the root command with all verbs.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand(
            "Monitor fields of Kafka topics: alert within minutes, at a stated rate of false alarms, when a field's distribution changes.")
        {
            RunCommand.Create(),
            DemoCommand.Create(),
            ReplayCommand.Create(),
            ReferenceCommand.Create(),
            CompareCommand.Create(),
            InitCommand.Create(),
            CheckConfigCommand.Create(),
            CheckpointCommand.Create(),
            HealthCommand.Create(),
        };
        Verb.ShowExamples(root);
        return root;
    }

    /// <summary>Parses the command line and runs the verb that it names.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        StandardStreams.TakeOver();
        try
        {
            if (OpenFileLimit.Current is { } files and < OpenFileLimit.Needed)
            {
                Messages.Write($"this process may open {files} files, too few for the runtime: raise the limit (ulimit -n) to 1024");
                return ExitCode.Failure;
            }

            var parsed = Root().Parse(args);
            if (parsed.Errors.Count > 0)
            {
                // Not left to the library's ParseErrorAction: it prints several lines, and its exit code is 1.
                Messages.Write($"{UsageErrors.Describe(parsed)}; see {UsageErrors.CommandLine(parsed)} --help");
                return ExitCode.Usage;
            }

            // Signals are handled by the host, or by the verb's Interruption. The library's timeout would cut off an orderly shutdown.
            var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception e)
        {
            return FailureReport.Write(e, Console.Error);
        }
    }
}
