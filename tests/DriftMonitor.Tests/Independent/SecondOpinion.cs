namespace DriftMonitor.Tests.Independent;

/// <summary>The programs of tests/independent, which recompute in exact arithmetic what the product prints, from the raw events.</summary>
internal static class SecondOpinion
{
    /// <summary>Runs one of the programs. Its exit code is 0 if it agrees, 1 if it disagrees, and 2 if it cannot decide.</summary>
    public static Finished Ask(string program, params IEnumerable<string> arguments) =>
        Machine.Run(Tool.Python, [Path.Combine(Repository.Root, "tests", "independent", program), .. arguments]);

    /// <summary>Asserts that a replay of the files with this configuration agrees.</summary>
    public static void Agrees(string config, string replay, params string[] files) =>
        Ask("recompute.py", ["--config", config, "--replay", replay, "--events", .. files]).Succeeded();
}
