using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Tests;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// Real flights as the events of a busy stream: their own values, made 250 bytes long, over and over, with event times at an even pace.
/// </summary>
/// <remarks>
/// New York had 40 flights an hour; at their own times most of the work would be closing panes. At <see cref="EventsPerSecond"/> of event time it is
/// what a busy stream's is: reading events.
/// </remarks>
internal sealed class Flights
{
    /// <summary>Events in a second of event time.</summary>
    public const int EventsPerSecond = 10_000;

    /// <summary>The name of the field of the event time, which is the first.</summary>
    public const string EventTimeField = "time";

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly List<byte[]> _rests = [];

    /// <summary>Takes the flights from the shared data set where there is one, or else from the repository's extract.</summary>
    public Flights()
    {
        var shared = Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED");
        string[] paths = [Path.Combine(shared ?? "", "data", "flights.ndjson.gz"), Path.Combine(Repository.Root, "tests", "data", "flights.ndjson.gz")];
        using var lines = new StreamReader(new GZipStream(File.OpenRead(paths.First(File.Exists)), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            var flight = JsonNode.Parse(line)!.AsObject();
            flight.Remove(EventTimeField);
            flight["status"] = flight["dep_delay"] is null ? "cancelled" : "departed";
            flight["source"] = "bts-nyc-2013";
            _rests.Add(Encoding.UTF8.GetBytes(flight.ToJsonString()[1..]));
        }
    }

    /// <summary>Event i, counted from 0.</summary>
    public byte[] this[int i]
    {
        get
        {
            var time = Start.AddTicks(TimeSpan.TicksPerSecond / EventsPerSecond * i);
            return [.. Encoding.UTF8.GetBytes($"{{\"{EventTimeField}\":\"{time:yyyy-MM-ddTHH:mm:ss.fffZ}\","), .. _rests[i % _rests.Count]];
        }
    }
}
