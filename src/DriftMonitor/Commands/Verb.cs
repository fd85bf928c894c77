using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace DriftMonitor.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class Verb : Command
{
    /// <summary>Creates a command.</summary>
    /// <param name="name">The name that is typed.</param>
    /// <param name="description">What it does, in one line.</param>
    /// <param name="examples">Complete command lines, starting with <c>driftmonitor</c>.</param>
    public Verb(string name, string description, params string[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Complete command lines, starting with <c>driftmonitor</c>.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Adds the examples to the help of every command below a root command.</summary>
    /// <remarks>In System.CommandLine 3.0, HelpBuilder is internal: only wrapping the help action can add a section.</remarks>
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
