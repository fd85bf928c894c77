using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace DriftMonitor.Commands;

/// <summary>A verb with examples, which its help shows.</summary>
internal sealed class Verb : Command
{
    /// <summary>A verb.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="examples">Whole commands, from <c>driftmonitor</c> on.</param>
    public Verb(string name, string description, params string[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Whole commands.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Lets the help of a root command's verbs show their examples.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is Verb { Examples.Count: > 0 } verb)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in verb.Examples)
                {
                    output.WriteLine($"  {example}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
