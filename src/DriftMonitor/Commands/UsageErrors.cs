using System.CommandLine;
using System.CommandLine.Parsing;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>Messages for command lines that cannot be parsed.</summary>
internal static class UsageErrors
{
    /// <summary>Describes the first error and its remedy in one line. The library reports each consequence of an error.</summary>
    /// <param name="parsed">A command line with at least one error.</param>
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var unexpected = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (unexpected?.StartsWith('-') == true)
        {
            return DescribeUnknownOption(unexpected, command);
        }

        if (command.Subcommands.Count > 0)
        {
            return DescribeCommand(unexpected, command);
        }

        if (unexpected is not null)
        {
            return $"unexpected argument {Phrases.Quote(unexpected)}";
        }

        if (command is Verb { Examples: [var example, ..] } && command.Arguments.Any(argument => IsMissing(argument, parsed)))
        {
            var arguments = string.Join(" and ", command.Arguments.Select(argument => argument.Name));
            return $"{VerbNames(parsed)} needs {arguments}, for example: {example}";
        }

        return DescribeValue(parsed.Errors[0]);
    }

    /// <summary>Describes an option that a command does not have, with the one that is probably meant.</summary>
    public static string DescribeUnknownOption(string written, Command command) =>
        $"unknown option {Phrases.Quote(written)}{Suggestion(written, command.Options)}";

    /// <summary>The program and the command that was recognized, for example <c>driftmonitor reference build</c>.</summary>
    public static string CommandLine(ParseResult parsed) => $"driftmonitor {VerbNames(parsed)}".TrimEnd();

    private static string DescribeCommand(string? unexpected, Command command)
    {
        var alternatives = $": use {Phrases.Alternatives([.. command.Subcommands.Select(verb => verb.Name)])}";
        if (unexpected is null)
        {
            return $"no command given{alternatives}";
        }

        var suggestion = Suggestion(unexpected, command.Subcommands);
        return $"unknown command {Phrases.Quote(unexpected)}{(suggestion.Length > 0 ? suggestion : alternatives)}";
    }

    private static string DescribeValue(ParseError error)
    {
        // The library's message names the .NET type that was expected.
        if (error.SymbolResult is OptionResult { Option: var option, Tokens: [var token, ..] }
            && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal))
        {
            var expected = option.ValueType.IsEnum ? Phrases.Alternatives(option.HelpName!.Split('|')) : "a number";
            return $"{option.Name} must be {expected}, not {Phrases.Quote(token.Value)}";
        }

        return error.Message.TrimEnd('.');
    }

    private static string Suggestion(string written, IEnumerable<Symbol> symbols) =>
        NearestName.Of(written, symbols.Select(symbol => symbol.Name)) is { } nearest ? $" (did you mean {nearest}?)" : "";

    private static bool IsMissing(Argument argument, ParseResult parsed) =>
        argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens: [] };

    private static string VerbNames(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var verbs = command.Parents.OfType<Command>().Append(command).Where(verb => verb is not RootCommand);
        return string.Join(' ', verbs.Select(verb => verb.Name));
    }
}
