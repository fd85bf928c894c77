using System.CommandLine;
using System.CommandLine.Parsing;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The options of <c>compare</c> for texts.</summary>
internal sealed class TextOptions
{
    private const int DefaultWords = 10; // in each list
    private const double LeastMu = 0.001;
    private const double MostMu = 1e9;

    private readonly Option<bool> _text = new("--text")
    {
        Description = "Compare the words of two texts: P and Q are each a text file in UTF-8 (also gzip or zstd), a folder of text files, "
            + "or - for standard input.",
    };

    private readonly Option<string?> _query = new("--query")
    {
        Description = "With --text: rank documents by the likelihood of these words. Each given file and each file of a given folder is a "
            + "document.",
        HelpName = "WORDS",
    };

    private readonly Option<double> _mu = new("--mu")
    {
        Description = "With --query: μ of the Dirichlet smoothing, the number of tokens with the shares of all documents together that are "
            + $"added to each document, {LeastMu} to {MostMu:0}. Default: {QueryLikelihood.DefaultMu}.",
        HelpName = "MU",
    };

    private readonly Option<WordCase> _case = new("--case")
    {
        Description = "With --text: put words in lower case, or keep them as they are written. Default: lower.",
        HelpName = "lower|keep",
    };

    private readonly Option<int> _top = new("--top")
    {
        Description = $"With --text: the number of words in each list (default: {DefaultWords}); with --query, the number of documents "
            + "shown (default: all; JSON output always has all).",
        HelpName = "N",
    };

    /// <summary>Creates the options with their checks.</summary>
    public TextOptions()
    {
        OptionChecks.RequireRange(_mu, LeastMu, MostMu);
        OptionChecks.RequireRange(_top, 1, int.MaxValue);
    }

    /// <summary>The options, in the order in which help lists them.</summary>
    public IEnumerable<Option> All => [_text, _query, _mu, _case, _top];

    /// <summary>Whether texts are to be compared.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_text);

    /// <summary>Adds an error for what does not go together.</summary>
    /// <param name="result">The command as it was parsed.</param>
    /// <param name="inputs">The values of its arguments.</param>
    /// <param name="alpha">The pseudo-count, which only two texts have.</param>
    /// <param name="others">The options that have no meaning for texts.</param>
    /// <param name="example">A command line that compares two distributions.</param>
    public void Check(CommandResult result, IReadOnlyList<string> inputs, Option alpha, IEnumerable<Option> others, string example)
    {
        var (isText, isQuery) = (result.GetValue(_text), IsWritten(_query));
        Option[] ofTexts = [_query, _mu, _case, _top];
        if (inputs.FirstOrDefault(input => input is ['-', _, ..]) is { } unknown)
        {
            // The library takes it for one of any number of documents.
            result.AddError(UsageErrors.DescribeUnknownOption(unknown, result.Command));
        }
        else if (!isText && Array.Find(ofTexts, IsWritten) is { } ofText)
        {
            result.AddError($"{ofText.Name} applies to texts: add --text, or leave it out");
        }
        else if (isText && others.FirstOrDefault(IsWritten) is { } other)
        {
            result.AddError($"{other.Name} does not apply to --text, where each word is a bin: leave it out");
        }
        else if (isQuery && IsWritten(alpha))
        {
            result.AddError($"{alpha.Name} does not apply to --query, which smooths with --mu: leave it out");
        }
        else if (isText && !isQuery && IsWritten(_mu))
        {
            result.AddError("--mu applies to --query: add --query \"words\", or leave it out");
        }
        else if (isQuery && inputs.Count == 0)
        {
            result.AddError("--query needs documents, for example: driftmonitor compare --text --query \"words\" docs/");
        }
        else if (!isQuery && inputs.Count < 2)
        {
            result.AddError($"compare needs P and Q, for example: {(isText ? "driftmonitor compare --text new.txt old.txt" : example)}");
        }
        else if (!isQuery && inputs.Count > 2)
        {
            result.AddError($"unexpected argument {Phrases.Quote(inputs[2])}");
        }

        bool IsWritten(Option option) => result.GetResult(option) is not null;
    }

    /// <summary>Compares two texts, or ranks documents if there is a query.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="inputs">P and Q, or the documents.</param>
    /// <param name="unit">The unit of the text.</param>
    /// <param name="alpha">The pseudo-count of each word; 0 for none.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Where to write the result.</param>
    /// <returns>The exit code.</returns>
    public int Run(
        ParseResult parsed, IReadOnlyList<string> inputs, InformationUnit unit, double alpha, OutputFormat format, Screen screen)
    {
        var words = new WordTokenizer(parsed.GetValue(_case));
        var top = parsed.GetResult(_top) is null ? (int?)null : parsed.GetValue(_top);
        if (parsed.GetValue(_query) is not { } query)
        {
            return TextComparison.Run(inputs[0], inputs[1], words, unit, alpha, top ?? DefaultWords, format, screen);
        }

        var mu = parsed.GetResult(_mu) is null ? QueryLikelihood.DefaultMu : parsed.GetValue(_mu);
        return QueryRanking.Run(query, inputs, words, mu, unit, top ?? int.MaxValue, format, screen);
    }
}
