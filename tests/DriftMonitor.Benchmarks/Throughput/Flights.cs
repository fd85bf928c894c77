using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Tests;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// Real flights as the events of a busy stream: real values, extended to a size, repeated, with evenly spaced event times.
/// </summary>
/// <remarks>
/// New York had 40 flights an hour. With their own event times most of the work would be closing panes. At <see cref="EventsPerSecond"/>
/// it is reading events, as in a busy stream.
/// </remarks>
internal sealed class Flights
{
    /// <summary>The number of events per second of event time, unless told.</summary>
    public const int EventsPerSecond = 10_000;

    /// <summary>The name of the event-time field.</summary>
    public const string EventTimeField = "time";

    private const int Distinct = 50_000;
    private const int Seed = 20130209;

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly TimeSpan _between;
    private readonly List<(byte[] Before, byte[] After)> _events = []; // what is before and after the event time

    /// <summary>Reads the flights from the shared data set if there is one, otherwise from the repository's extract.</summary>
    /// <param name="shape">How they are written.</param>
    /// <param name="eventsPerSecond">How many there are in a second of event time.</param>
    public Flights(FlightShape shape, double eventsPerSecond = EventsPerSecond)
    {
        _between = TimeSpan.FromSeconds(1 / eventsPerSecond);
        var random = new Random(Seed);
        var shared = Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED");
        string[] paths =
        [
            Path.Combine(shared ?? "", "data", "flights.ndjson.gz"),
            Path.Combine(Repository.Root, "tests", "data", "flights.ndjson.gz"),
        ];
        using var lines = new StreamReader(new GZipStream(File.OpenRead(paths.First(File.Exists)), CompressionMode.Decompress));
        while (_events.Count < Distinct && lines.ReadLine() is { } line)
        {
            var flight = JsonNode.Parse(line)!.AsObject();
            flight["status"] = flight["dep_delay"] is null ? "cancelled" : "departed";
            flight["source"] = "bts-nyc-2013";
            if (shape.IsLarge)
            {
                Enlarge(flight, _events.Count);
            }

            var properties = flight.Where(property => property.Key != EventTimeField)
                .Select(property => $"\"{property.Key}\":{property.Value?.ToJsonString() ?? "null"}")
                .Prepend($"\"{EventTimeField}\":\"")
                .ToArray();
            if (shape.IsShuffled)
            {
                random.Shuffle(properties);
            }

            var time = Array.FindIndex(properties, property => property.StartsWith($"\"{EventTimeField}\"", StringComparison.Ordinal));
            _events.Add((
                Encoding.UTF8.GetBytes("{" + string.Join(',', properties[..(time + 1)])),
                Encoding.UTF8.GetBytes("\"" + string.Concat(properties[(time + 1)..].Select(property => "," + property)) + "}")));
        }
    }

    /// <summary>Event i, counted from 0.</summary>
    public byte[] this[int i]
    {
        get
        {
            var time = Start + _between * i;
            var (before, after) = _events[i % _events.Count];
            Span<byte> text = stackalloc byte[24];
            time.TryFormat(text, out var length, "yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            return [.. before, .. text[..length], .. after];
        }
    }

    // What else such an event may carry: numbers, texts and a nested object.
    private static void Enlarge(JsonObject flight, int i)
    {
        flight["aircraft"] = new JsonObject
        {
            ["manufacturer"] = "EMBRAER",
            ["model"] = "EMB-145LR",
            ["seats"] = 55 + i % 300,
            ["engines"] = 2,
            ["year"] = 1998 + i % 16,
            ["owner"] = "International Lease Finance",
            ["registered"] = "2004-06-17",
        };
        flight["weather"] = new JsonObject
        {
            ["station"] = "KEWR",
            ["temperature"] = 39.02 + i % 100 / 8.0,
            ["dew_point"] = 26.06,
            ["humidity"] = 59.37,
            ["wind_direction"] = 270,
            ["wind_speed"] = 10.35702 + i % 64 / 4.0,
            ["gust"] = null,
            ["precipitation"] = 0.01,
            ["pressure"] = 1012.0,
            ["visibility"] = 10.0,
            ["summary"] = "few clouds at 3000 ft, light wind from the west",
        };
        flight["remarks"] = "Passengers are asked to be at the gate 30 minutes before departure; boarding ends 15 minutes before it.";
        flight["trace"] = $"{i * 2654435761L:x16}-{i * 40503L:x16}-01";
        flight["received"] = "2013-02-09T08:15:01.117Z";
        flight["schema_version"] = 7;
    }
}
