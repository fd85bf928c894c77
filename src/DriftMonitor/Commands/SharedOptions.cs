using System.CommandLine;

namespace DriftMonitor.Commands;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    /// <summary>The configuration file.</summary>
    public static Option<string> Config()
    {
        var option = new Option<string>("--config", "-c") { Description = "The configuration file.", HelpName = "FILE", Required = true };
        OptionChecks.RejectEmptyPath(option);
        return option;
    }

    /// <summary>The output format.</summary>
    public static Option<OutputFormat> Output(string description = "Output format: text for people, json for programs. Default: text.") =>
        new("--output", "-o") { Description = description, HelpName = "text|json" };

    /// <summary>Files to read instead of topics.</summary>
    public static Option<string[]> Files()
    {
        var option = new Option<string[]>("--file", "-f")
        {
            Description = "Files to read instead of topics: NDJSON or CSV, plain, gzip or zstd; - is standard input. "
                + "Several files are partitions of one stream, in any order.",
            HelpName = "PATH…",
            AllowMultipleArgumentsPerToken = true,
        };
        OptionChecks.RejectEmptyPath(option);
        OptionChecks.RejectRepeatedPath(option);
        return option;
    }
}
