using DriftMonitor.Planning;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Planning;

public sealed class WindowStartTests
{
    [Theory]
    [InlineData("dep_delay", "2013-02-07T23:55:00Z")] // 24 hours and MaxAhead before the newest event's pane
    [InlineData("deviation(dep_delay, 10)", "2013-02-07T23:55:00Z")]
    [InlineData("deviation(dep_delay, day)", "2013-01-31T23:55:00Z")] // the values of seven days
    public void Reading_starts_early_enough_for_earlier_days(string field, string start)
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("dep_delay", field, StringComparison.Ordinal)
            .Replace(
                "{ \"File\": \"departure-delay.json\" }",
                """{ "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] }""",
                StringComparison.Ordinal));

        var monitors = configuration.Plan().Monitors;
        var found = WindowStart.Find(monitors, [new LastRecord("{}"u8.ToArray(), Scene.At("2013-02-09T00:10Z"))]);

        Assert.Equal(start, $"{found}");
    }
}
