using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>What all verbs share: how they are called, what they say of faults, and how they end.</summary>
internal static class Verbs
{
    /// <summary>Where a verb finds its configuration.</summary>
    public static Option<string> Config() => NamesAFile(new Option<string>("--config", "-c") { Description = "The configuration file.", HelpName = "FILE", Required = true });

    /// <summary>For people or for programs.</summary>
    public static Option<OutputFormat> Output(string description = "text for people, json for programs.") => new("--output", "-o") { Description = description, HelpName = "text|json" };

    /// <summary>Files in place of topics.</summary>
    public static Option<string[]> Files() => NamesAFile(new Option<string[]>("--file", "-f")
    {
        Description = "Files to read in place of topics: NDJSON or CSV, plain or gzip, - for standard input; several are read one after the other.",
        HelpName = "PATH…",
        AllowMultipleArgumentsPerToken = true,
    });

    /// <summary>All verbs.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("DriftMonitor tells, within minutes and at a stated rate of false alarms, that a field of a Kafka topic is no longer distributed as it was.")
        {
            RunCommand.Create(),
            DemoCommand.Create(),
            ReplayCommand.Create(),
            ReferenceCommand.Create(),
            CompareCommand.Create(),
            CheckConfigCommand.Create(),
            HealthCommand.Create(),
        };
        Verb.ShowExamples(root);
        return root;
    }

    /// <summary>Refuses an empty name of a file, such as an unset variable leaves behind.</summary>
    public static Option<T> NamesAFile<T>(Option<T> option)
    {
        option.Validators.Add(result => RefuseEmpty(result, option));
        return option;
    }

    /// <summary>Refuses an empty name of a file, such as an unset variable leaves behind.</summary>
    public static Argument<string> NamesAFile(Argument<string> argument)
    {
        argument.Validators.Add(result => RefuseEmpty(result, argument));
        return argument;
    }

    private static void RefuseEmpty(SymbolResult result, Symbol symbol)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError($"{symbol.Name} is empty: name a file");
        }
    }

    /// <summary>Refuses a number outside a range. The option's own validator: one of the command would see no value where the option is left out.</summary>
    public static void InRange<T>(Option<T> option, T least, T most)
        where T : struct, IComparable<T>, IParsable<T>, IFormattable =>
        option.Validators.Add(result =>
        {
            // What is no number at all the library tells; asked for its value, it throws.
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {value}: write {least} to {most}"));
            }
        });

    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        StandardStreams.TakeOver();
        try
        {
            var parsed = Root().Parse(args);
            if (parsed.Errors.Count > 0)
            {
                Say($"{Misuse(parsed)}; see {string.Join(' ', CommandsOf(parsed).Select(command => command.Name).Prepend("driftmonitor"))} --help");
                return ExitCode.Usage;
            }

            // The host, or the interruption of a verb, deals with signals: the library's own deadline would cut off an orderly end.
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e)
        {
            return Tell(e, Console.Error);
        }
    }

    /// <summary>Tells why a verb did not come to its end.</summary>
    /// <returns>The exit code.</returns>
    public static int Tell(Exception fault, TextWriter error)
    {
        switch (fault)
        {
            case GivenException:
                Say(fault.Message, error);
                return ExitCode.Usage;
            case SourceException or ReferenceException or IOException: // of the last kind: standard output on a full disk
                Say(fault.Message, error);
                return ExitCode.Failure;
            default:
                Say($"this is a bug of DriftMonitor's ({fault.Message}); please report it with these lines:", error);
                error.WriteLine(fault);
                return ExitCode.Failure;
        }
    }

    // The library has a line for each consequence; the first cause is enough.
    private static string Misuse(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (command.Subcommands.Count > 0 && unknown?.StartsWith('-') != true)
        {
            var verbs = command.Subcommands.Select(verb => verb.Name).ToList();
            return unknown is null ? $"which verb? There are {Phrases.Alternatives(verbs)}" : $"there is no verb {Phrases.Quote(unknown)}: write {NearestName.Of(unknown, verbs) ?? Phrases.Alternatives(verbs)}";
        }

        if (unknown is not null)
        {
            var options = command.Options.Select(option => option.Name).ToList();
            return unknown.StartsWith('-')
                ? $"there is no option {Phrases.Quote(unknown)}{(NearestName.Of(unknown, options) is { } near ? $": write {near}" : "")}"
                : $"{Phrases.Quote(unknown)} belongs to no option";
        }

        var error = parsed.Errors[0];
        if (command is Verb { Examples: [var example, ..] } && command.Arguments.Any(argument => parsed.GetResult(argument) is null or { Tokens: [] } && argument.Arity.MinimumNumberOfValues > 0))
        {
            var arguments = command.Arguments.Select(argument => argument.Name).ToList();
            return $"{string.Join(' ', CommandsOf(parsed).Select(verb => verb.Name))} takes {string.Join(" and ", arguments)}, such as: {example}";
        }

        return error.SymbolResult is OptionResult { Option: var option, Tokens: [var token, ..] } && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal)
            ? $"{option.Name} takes {(option.ValueType.IsEnum ? option.HelpName?.Replace("|", " or ", StringComparison.Ordinal) : "a number")}, and not {Phrases.Quote(token.Value)}"
            : error.Message.TrimEnd('.');
    }

    private static IEnumerable<Command> CommandsOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Parents.OfType<Command>().Append(parsed.CommandResult.Command).Where(command => command is not RootCommand);

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
    public static void Say(string message) => Say(message, Console.Error);

    private static void Say(string message, TextWriter error) => error.WriteLine(OneLine.Sentence($"driftmonitor: {message}"));
}
