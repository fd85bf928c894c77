namespace DriftMonitor.Tests.Independent;

/// <summary>The programs of tests/independent, which recompute in exact arithmetic what the product prints, from the raw events.</summary>
internal static class SecondOpinion
{
    /// <summary>Runs one of the programs.</summary>
    /// <returns>Its exit code (0 agrees, 1 disagrees, 2 cannot tell) and what it said.</returns>
    public static Task<(int ExitCode, string Output)> AskAsync(string program, params IEnumerable<string> arguments) => Task.Run(() =>
    {
        var finished = Machine.Run(Tool.Python, [Path.Combine(Repository.Root, "tests", "independent", program), .. arguments]);
        return (finished.ExitCode, finished.Output + finished.Errors);
    });

    /// <summary>Whether a replay of the files, with this configuration, is what they give.</summary>
    public static async Task AgreesAsync(string config, string replay, params string[] files)
    {
        var (code, said) = await AskAsync("recompute.py", ["--config", config, "--replay", replay, "--events", .. files]);
        Assert.True(code == 0, $"recompute.py on {string.Join(", ", files)} with {config}: exit code {code}\n{said}");
    }
}
