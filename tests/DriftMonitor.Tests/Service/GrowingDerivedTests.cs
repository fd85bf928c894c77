using System.Globalization;
using System.Text.Json.Nodes;

namespace DriftMonitor.Tests.Service;

/// <summary>References that grow with derived values, against such references of a plain field that holds the same values.</summary>
public sealed class GrowingDerivedTests : IDisposable
{
    private const int Seed = 20131126;
    private const int Events = 4000;
    private const int Pane = 10; // s
    private static readonly DateTimeOffset Start = new(2023, 11, 14, 22, 0, 0, TimeSpan.Zero);

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("difference(x)")]
    [InlineData("absdiff(x)")]
    [InlineData("deviation(x, 1)")]
    [InlineData("gap()")]
    [InlineData("length(s)")]
    [InlineData("present(x)")]
    [InlineData("hour()")]
    [InlineData("volume()")]
    public void The_readings_are_those_of_a_field_with_the_derived_values(string field)
    {
        var (given, values) = Tell(field);
        _workshop.Write("given.ndjson", string.Concat(given.Select(line => line + "\n")));
        _workshop.Write("values.ndjson", string.Concat(values.Select(line => line + "\n")));

        var derived = Replay(field, "given.ndjson");
        var plain = Replay("v", "values.ndjson");

        Assert.True(derived.Count(line => line.Contains("\"kl_nats\"", StringComparison.Ordinal)) > 100, $"seed {Seed}");
        Assert.Equal(plain, derived);
    }

    // Some minutes of events a second apart or less, each with x and s; and, from the first that has a value, the values by definition.
    private static (List<string> Given, List<string> Values) Tell(string field)
    {
        var random = new Random(Seed);
        var (given, values) = (new List<string>(), new List<string>());
        var volumes = new SortedDictionary<long, int>();
        var time = Start.ToUnixTimeMilliseconds();
        (double? x, long? time) last = (null, null);
        for (var i = 0; i < Events; i++)
        {
            time += random.Next(1, 1000);
            double? x = random.Next(20) == 0 ? null : random.Next(-40, 40) * (i < Events / 2 ? 0.5 : 1.5);
            var text = x is { } number ? number.ToString(CultureInfo.InvariantCulture) : i % 2 == 0 ? "null" : "{}";
            var isNull = text == "null";
            var length = random.Next(12);
            given.Add($$"""{"t":{{time}},"x":{{text}},"s":"{{new string('é', length)}}"}""");
            volumes[time / (1000 * Pane)] = volumes.GetValueOrDefault(time / (1000 * Pane)) + 1;
            var value = field switch
            {
                "length(s)" => $"{length}",
                "present(x)" => isNull ? "\"false\"" : "\"true\"",
                "hour()" => $"{DateTimeOffset.FromUnixTimeMilliseconds(time).Hour}",
                "gap()" => last.time is { } before ? Text((time - before) / 1000.0) : null,
                "volume()" => null,
                _ when last.x is null => null,
                _ when x is null => text,
                "absdiff(x)" => Text(Math.Abs(x.Value - last.x.Value)),
                _ => Text(x.Value - last.x.Value),
            };
            last = (x ?? last.x, time);
            if (value is not null)
            {
                values.Add($$"""{"t":{{time}},"v":{{value}}}""");
            }
        }

        for (var pane = volumes.Keys.First(); field == "volume()" && pane <= volumes.Keys.Last(); pane++)
        {
            values.Add($$"""{"t":{{pane * 1000 * Pane}},"v":{{volumes.GetValueOrDefault(pane)}}}""");
        }

        return (given, values);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private List<string> Replay(string field, string file)
    {
        _workshop.Configure("localhost:1", new JsonObject
        {
            ["Name"] = "m",
            ["Topic"] = "t",
            ["Field"] = field,
            ["EventTime"] = "t",
            ["Windows"] = new JsonArray("30s", "2m"),
            ["Pane"] = $"{Pane}s",
            ["MinimumEvents"] = 1,
            ["Reference"] = new JsonObject { ["Kind"] = "so_far", ["LearnOver"] = "5m", ["File"] = "grown.json" },
            ["Alert"] = new JsonObject { ["FalseAlarmEvery"] = "1h" },
        });
        var output = _workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", file).Succeeded();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1]]; // without the summary
    }
}
