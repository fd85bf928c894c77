using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Tests;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// Real flights as the events of a busy stream: real values, extended to 250 bytes, repeated, with evenly spaced event times.
/// </summary>
/// <remarks>
/// New York had 40 flights an hour. With their own event times most of the work would be closing panes. At <see cref="EventsPerSecond"/>
/// it is reading events, as in a busy stream.
/// </remarks>
internal sealed class Flights
{
    /// <summary>The number of events per second of event time.</summary>
    public const int EventsPerSecond = 10_000;

    /// <summary>The name of the event-time field, which is the first.</summary>
    public const string EventTimeField = "time";

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly List<byte[]> _rests = [];

    /// <summary>Reads the flights from the shared data set if there is one, otherwise from the repository's extract.</summary>
    public Flights()
    {
        var shared = Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED");
        string[] paths =
        [
            Path.Combine(shared ?? "", "data", "flights.ndjson.gz"),
            Path.Combine(Repository.Root, "tests", "data", "flights.ndjson.gz"),
        ];
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
