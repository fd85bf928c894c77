namespace DriftMonitor.Tests.Independent;

/// <summary>The programs of tests/independent, which recompute in exact arithmetic what the product prints, from the raw events.</summary>
internal static class SecondOpinion
{
    /// <summary>Runs one of the programs; its exit code is 0 where it agrees, 1 where it disagrees, and 2 where it cannot tell.</summary>
    public static Finished Ask(string program, params IEnumerable<string> arguments) =>
        Machine.Run(Tool.Python, [Path.Combine(Repository.Root, "tests", "independent", program), .. arguments]);

    /// <summary>Whether a replay of the files, with this configuration, is what they give.</summary>
    public static void Agrees(string config, string replay, params string[] files) =>
        Ask("recompute.py", ["--config", config, "--replay", replay, "--events", .. files]).Succeeded();
}
