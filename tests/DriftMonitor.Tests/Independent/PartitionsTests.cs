using System.Text;
using DriftMonitor.Commands;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Independent;

/// <summary>The output of a replay depends on the events, not on the order in which a broker returns them.</summary>
public sealed class PartitionsTests
{
    private const int Most = 4;
    private const int Second = 1000;

    [Property] // D04
    public Property A_replay_prints_the_same_lines_for_any_partitions_and_any_order_of_fetches() => Prop.ForAll(
        (from length in Gen.Choose(1, 150)
         from steps in Gen.Choose(0, 400).ArrayOf(length)
         from back in Gen.Choose(0, 1800).ArrayOf(length) // within the allowed lateness of half an hour
         from values in Gen.Choose(-5, 45).ArrayOf(length)
         from partitions in Gen.Choose(1, Most)
         from places in Gen.Choose(0, partitions - 1).ArrayOf(length)
         from order in Gen.Shuffle(places)
         select (Events: EventsOf(steps, back, values), Partitions: partitions, Places: places, Order: order)).ToArbitrary(),
        stream =>
        {
            var one = Replay(stream.Events, 1, new int[stream.Events.Length], new int[stream.Events.Length]);
            var spread = Replay(stream.Events, stream.Partitions, stream.Places, stream.Order);

            // The largest step of time within a partition does depend on the partitions.
            var parts = Enumerable.Range(0, Most).Select(partition => stream.Events.Where((_, i) => stream.Places[i] == partition));
            return parts.Any(HasJump) || WithoutSteps(spread) == WithoutSteps(one);
        });

    [Property]
    public Property The_order_of_fetches_changes_no_byte_of_a_replay_with_late_events() => Prop.ForAll(
        (from length in Gen.Choose(1, 150)
         from steps in Gen.Choose(0, 1200).ArrayOf(length)
         from back in Gen.Choose(0, 4 * 3600).ArrayOf(length)
         from values in Gen.Choose(-5, 45).ArrayOf(length)
         from partitions in Gen.Choose(2, Most)
         from places in Gen.Choose(0, partitions - 1).ArrayOf(length)
         from order in Gen.Shuffle(places)
         select (Events: EventsOf(steps, back, values), Partitions: partitions, Places: places, Order: order)).ToArbitrary(),
        stream => Replay(stream.Events, stream.Partitions, stream.Places, stream.Order)
            == Replay(stream.Events, stream.Partitions, stream.Places, [.. stream.Places.Order()]));

    // Time advances by `steps`; each event is `back` seconds before the time that was reached.
    private static (long Time, int Value)[] EventsOf(int[] steps, int[] back, int[] values)
    {
        var now = Scene.At("2013-02-09T00:00Z").Milliseconds;
        var events = new (long, int)[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            now += steps[i] * Second;
            events[i] = (now - back[i] * Second, values[i]);
        }

        return events;
    }

    // The events of each partition stay in their order; `order` gives the partition of each next event.
    private static string Replay((long Time, int Value)[] events, int partitions, int[] places, int[] order)
    {
        var queues = Enumerable.Range(0, partitions)
            .Select(partition => new Queue<(long Time, int Value)>(events.Where((_, i) => places[i] == partition)))
            .ToArray();
        var source = new ScriptedSource().Partitions(partitions);
        foreach (var partition in Enumerable.Range(0, partitions).Where(partition => queues[partition].Count == 0))
        {
            source.PartitionEnded(partition);
        }

        foreach (var partition in order)
        {
            var (time, value) = queues[partition].Dequeue();
            source.Event(partition, $$"""{"t":{{time}},"x":{{(value % 9 == 0 ? "null" : $"{value}")}},"k":"{{value / 10}}"}""");
            if (queues[partition].Count == 0)
            {
                source.PartitionEnded(partition);
            }
        }

        source.End();
        var bindings = new[]
        {
            Watch("x", new NumericBinning([0, 10, 20, 30, 40])),
            Watch("k", new CategoricalBinning(["0", "1", "3"])),
        };
        using var output = new MemoryStream();
        using var lines = new ReplayLines(output, bindings);
        var ordered = new ReplayOrder(bindings, lines.Write);
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [ordered]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        ordered.Flush();
        lines.WriteSummary(ReplayTotals.Of(pipeline));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    // Whether a partition has a jump of more than the longest window: then it depends on the partition whether it is confirmed.
    private static bool HasJump(IEnumerable<(long Time, int Value)> partition)
    {
        long? largest = null;
        foreach (var (time, _) in partition)
        {
            if (time - largest > 2 * 3600 * Second)
            {
                return true;
            }

            largest = Math.Max(largest ?? time, time);
        }

        return false;
    }

    private static MonitorBinding Watch(string field, FieldBinning binning)
    {
        var rule = new FixedThreshold(1, FireAboveNats: 0.4, ResolveBelowNats: 0.3);
        var watched = Scene.Watch(
            field, binning: binning, field: field, lateness: TimeSpan.FromMinutes(30), minimumEvents: 3, rule: rule);
        return watched with { EventTime = Streaming.Decoding.FieldPath.Parse("t") };
    }

    private static string WithoutSteps(string lines) =>
        System.Text.RegularExpressions.Regex.Replace(lines, ",\"largest_step_forward_s\":[^}]*", "");
}
