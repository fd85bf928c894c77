using System.CommandLine;
using System.Runtime.InteropServices;
using DriftMonitor.Options;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources;

namespace DriftMonitor.Commands;

/// <summary>What verbs print on standard output.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs.</summary>
    Json,
}

/// <summary>The exit codes that other people's scripts rely on.</summary>
internal static class ExitCode
{
    public const int Good = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}

/// <summary>What all verbs share: how they are called, what they say of faults, and how they end.</summary>
internal static class Verbs
{
    /// <summary>Where a verb finds its configuration.</summary>
    public static Option<string> Config() => new("--config", "-c") { Description = "The configuration file.", HelpName = "FILE", Required = true };

    /// <summary>For people or for programs.</summary>
    public static Option<OutputFormat> Output() => new("--output", "-o") { Description = "text for people, json for programs.", HelpName = "text|json" };

    /// <summary>Files in place of topics.</summary>
    public static Option<string[]> Files() => new("--file", "-f")
    {
        Description = "Files to read in place of topics: NDJSON or CSV, plain or gzip, - for standard input; several are read one after the other.",
        HelpName = "PATH…",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>All verbs.</summary>
    public static RootCommand Root() => new("DriftMonitor tells, within minutes and at a stated rate of false alarms, that a field of a Kafka topic is no longer distributed as it was.")
    {
        RunCommand.Create(),
        DemoCommand.Create(),
        ReplayCommand.Create(),
        ReferenceCommand.Create(),
        CheckConfigCommand.Create(),
    };

    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Say(error.Message);
            }

            var verbs = string.Join(' ', parsed.CommandResult.Command.Parents.OfType<Command>().Append(parsed.CommandResult.Command).Where(command => command is not RootCommand).Select(command => command.Name));
            await Console.Error.WriteLineAsync($"Usage: driftmonitor {(verbs.Length > 0 ? verbs + " " : "")}--help");
            return ExitCode.Usage;
        }

        try
        {
            // The host, or the interruption of a verb, deals with signals: the library's own deadline would cut off an orderly end.
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is SourceException or ReferenceException)
        {
            Say(e.Message);
            return ExitCode.Failure;
        }
        catch (IOException e)
        {
            Say(e.Message); // a full disk, a closed pipe
            return ExitCode.Failure;
        }
    }

    /// <summary>Loads a configuration and tells what is wrong with it.</summary>
    /// <returns>The plan, or null where it cannot run.</returns>
    public static MonitorPlan? Load(string path, Needs needs)
    {
        var plan = MonitorPlan.Load(path, ConfigurationFile.ProcessEnvironment, needs);
        foreach (var fault in plan.Faults)
        {
            Say(fault.ToString());
        }

        foreach (var warning in plan.Warnings)
        {
            Say($"warning: {warning}");
        }

        return plan.Faults.Count == 0 ? plan : null;
    }

    /// <summary>Says something to the person at the terminal, in one line on standard error.</summary>
    public static void Say(string message) => Console.Error.WriteLine($"driftmonitor: {message}");
}

/// <summary>SIGINT and SIGTERM while a verb works: it stops between two events, and the exit code tells why.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Signals are caught from now on.</summary>
    public Interruption()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Catch), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Catch)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of the signal that came; 0 while none has.</summary>
    public int Code { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Catch(PosixSignalContext context)
    {
        context.Cancel = true;
        Code = context.Signal == PosixSignal.SIGINT ? ExitCode.Interrupted : ExitCode.Terminated;
        _source.Cancel();
    }
}
