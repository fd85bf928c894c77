using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DriftMonitor.Commands;

/// <summary>Checks of option and argument values that System.CommandLine does not have.</summary>
internal static class OptionChecks
{
    /// <summary>Rejects an empty file name, as an unset shell variable gives. <c>AcceptLegalFilePathsOnly</c> accepts it.</summary>
    public static void RejectEmptyPath(Option option) => option.Validators.Add(result => RejectEmptyPath(result, option));

    /// <inheritdoc cref="RejectEmptyPath(Option)"/>
    public static void RejectEmptyPath(Argument argument) => argument.Validators.Add(result => RejectEmptyPath(result, argument));

    /// <summary>Rejects a file that is named twice, as overlapping patterns do: its events would count twice.</summary>
    public static void RejectRepeatedPath(Option option) => option.Validators.Add(result =>
    {
        var paths = result.Tokens.Select(token => token.Value).Where(path => path.Length > 0);
        if (paths.GroupBy(path => path == "-" ? path : Path.GetFullPath(path)).FirstOrDefault(same => same.Count() > 1) is { } repeated)
        {
            result.AddError($"{option.Name} names {repeated.First()} twice, and its events would count twice: name it once");
        }
    });

    /// <summary>Rejects a number outside a range.</summary>
    /// <param name="option">An option with a numeric value.</param>
    /// <param name="least">The smallest accepted value.</param>
    /// <param name="most">The largest accepted value.</param>
    /// <remarks>The check belongs to the option, not to the command: it then does not run when the option is left out.</remarks>
    public static void RequireRange<T>(Option<T> option, T least, T most)
        where T : struct, IComparable<T>, IParsable<T>, IFormattable =>
        option.Validators.Add(result =>
        {
            // The token is parsed here because GetValue throws for text that is not a number; the library reports that error itself.
            // The condition is negated so that NaN, which compares as smaller than every number, is rejected too.
            if (result.Tokens is [var token]
                && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value)
                && !(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0))
            {
                result.AddError(FormattableString.Invariant($"{option.Name} is {value}: it must be from {least} to {most}"));
            }
        });

    private static void RejectEmptyPath(SymbolResult result, Symbol symbol)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError($"{symbol.Name} is empty: give a file name");
        }
    }
}
