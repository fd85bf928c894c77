using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Service;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Independent;

/// <summary>Replays of generated streams, with every kind of fault that streams have, recomputed from the raw events.</summary>
public sealed class MadeStreamsTests(ITestOutputHelper log) : IDisposable
{
    private const int Events = 5000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-made-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactRequires(Tool.Python)]
    public void The_replay_of_seed_7_agrees() => Check(7);

    [FactRequires(Tool.Python)]
    public void The_replay_of_seed_20261121_agrees() => Check(20261121);

    // A new stream in every run. If it fails, the message names the seed, with which tests/independent/generate.py makes it again.
    [FactRequires(Tool.Python)]
    public void The_replay_of_a_new_seed_agrees() => Check(RandomNumberGenerator.GetInt32(1_000_000_000));

    [FactRequires(Tool.Python)]
    public void The_replay_of_a_new_seed_agrees_in_each_segment() =>
        Check(RandomNumberGenerator.GetInt32(1_000_000_000), "--segments");

    [FactRequires(Tool.Python)]
    public void The_replay_of_a_new_seed_agrees_for_every_kind_of_reference() =>
        Check(RandomNumberGenerator.GetInt32(1_000_000_000), "--kinds");

    [FactRequires(Tool.Python)]
    public void The_replay_of_a_new_seed_agrees_for_every_derived_field() =>
        Check(RandomNumberGenerator.GetInt32(1_000_000_000), "--derived");

    [FactRequires(Tool.Python)]
    public void A_single_changed_digit_of_one_divergence_is_found()
    {
        Make(7);
        var replay = Replay("events.ndjson");
        var lines = File.ReadAllLines(replay);
        var readings = lines.Index().Where(line => Regex.IsMatch(line.Item, "\"kl_nats\":0\\.[0-9]{12}")).ToArray();
        var (at, line) = readings[readings.Length / 2];

        // The tenth decimal: 1e-10 nats, a hundred times the tolerance of the comparison.
        lines[at] = Regex.Replace(line, "(?<=\"kl_nats\":0\\.[0-9]{9})[0-9]", digit => $"{(digit.Value[0] - '0' + 1) % 10}");
        File.WriteAllText(replay, string.Concat(lines.Select(text => text + "\n")));

        var opinion = SecondOpinion.Ask(
            "recompute.py", "--config", InFolder("config.json"), "--replay", replay, "--events", InFolder("events.ndjson"));
        Assert.Equal(1, opinion.ExitCode);
        Assert.Contains($"line {at + 1}: kl_nats: expected ", opinion.Output);
        Assert.All(
            Regex.Matches(opinion.Output, "^line ([0-9]+):", RegexOptions.Multiline),
            match => Assert.Equal($"{at + 1}", match.Groups[1].Value));
    }

    [FactRequires(Tool.Python)]
    public void The_second_opinion_passes_its_own_tests() => SecondOpinion.Ask("test_recompute.py").Succeeded();

    private void Check(int seed, params string[] options)
    {
        log.WriteLine($"seed {seed}");
        try
        {
            Make(seed, options);
            string[][] inputs = [["events.ndjson"], ["events.csv"], ["part1.ndjson.gz", "part2.ndjson.gz"]];
            foreach (var files in inputs)
            {
                SecondOpinion.Agrees(InFolder("config.json"), Replay(files), [.. files.Select(InFolder)]);
            }
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new Xunit.Sdk.XunitException($"seed {seed} {string.Join(' ', options)}, {Events} events: {e.Message}", e);
        }
    }

    private void Make(int seed, params string[] options) => SecondOpinion
        .Ask("generate.py", ["--seed", $"{seed}", "--events", $"{Events}", "--out", _folder.FullName, .. options])
        .Succeeded();

    private string Replay(params string[] files)
    {
        var replay = InFolder("replay.jsonl");
        string[] call = ["replay", "--config", "config.json", "--output", "json", "--file", .. files];
        File.WriteAllText(replay, DriftMonitorProcess.Run(_folder.FullName, call).Succeeded());
        return replay;
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
