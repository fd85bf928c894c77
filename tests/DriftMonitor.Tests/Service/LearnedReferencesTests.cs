using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Planning.ReferenceKindTests;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

public sealed class LearnedReferencesTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LogLines _lines = new();

    [Fact]
    public void A_growing_reference_that_cannot_be_saved_is_not_logged_at_each_refit()
    {
        using var configuration = With("""{ "Kind": "so_far", "LearnOver": "12h", "File": "kept/l.json" }""");
        var folder = Directory.CreateDirectory(Path.Combine(configuration.Folder, "kept"));
        var monitor = Assert.Single(configuration.Plan(Needs.References | Needs.Kept).Monitors);
        using var source = new ScriptedSource("flights").Partitions(1);
        var pipeline = new Pipeline(
            source, [monitor.Bind()], _clock, TimeSpan.FromHours(1), [new GrowingReferences([monitor], _clock, _lines)]);
        folder.Delete();

        // A pane closes every second: refits at 12 panes, 14, 16, 18, 20, 22, and so on.
        Close(source, pipeline, At("2013-02-09T00:00Z"), panes: 300);

        Assert.Equal(3, _lines.At(LogLevel.Warning).Length);
        Assert.All(_lines.All, line => Assert.StartsWith(
            "departure-delay cannot save its reference, so a restart loses what it has learned since the last time: cannot write ", line));
    }

    [Fact]
    public void A_reference_that_cannot_be_saved_is_logged_at_growing_intervals_and_saved_as_soon_as_it_can()
    {
        using var configuration = With("""{ "Kind": "first", "Over": "12h", "File": "kept/l.json", "Edges": [0, 10, 20] }""");
        var folder = Directory.CreateDirectory(Path.Combine(configuration.Folder, "kept"));
        var monitor = Assert.Single(configuration.Plan(Needs.References | Needs.Kept).Monitors);
        using var source = new ScriptedSource("flights").Partitions(1);
        var binding = monitor.Bind();
        var pipeline = new Pipeline(
            source, [binding], _clock, TimeSpan.FromHours(1), [new LearnedReferences([monitor], _clock, _lines)]);
        var hour = At("2013-02-09T00:00Z");
        folder.Delete();

        // A pane closes every second: learning takes twelve of them, and five minutes follow.
        hour = Close(source, pipeline, hour, panes: 12 + 5 * 60);
        Assert.Equal(3, _lines.At(LogLevel.Warning).Length); // after 0, 1 and 3 minutes
        Assert.All(_lines.All, line => Assert.StartsWith(
            "departure-delay has learned its reference but cannot save it, so a restart loses it: cannot write ", line));

        folder.Create();
        Close(source, pipeline, hour, panes: 1);
        Assert.Equal(
            [$"departure-delay has learned its reference from 1200 events and saved it to {Path.Combine(folder.FullName, "l.json")}"],
            _lines.At(LogLevel.Information));
        Assert.True(File.Exists(Path.Combine(folder.FullName, "l.json")));
    }

    // Returns the start of the next pane.
    private EventTime Close(ScriptedSource source, Pipeline pipeline, EventTime hour, int panes)
    {
        for (var pane = 0; pane < panes; pane++)
        {
            source.Events(100, 0, """{"dep_delay":5}""", hour);
            hour += TimeSpan.FromHours(1);
            while (!source.IsUsedUp)
            {
                pipeline.Step(TimeSpan.Zero);
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        return hour;
    }
}
