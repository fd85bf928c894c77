using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Tests.Planning;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Logs;

public sealed class LogLevelsTests
{
    [Fact]
    public void Without_levels_ours_are_logged_from_information_on_and_those_of_libraries_from_warning_on()
    {
        var levels = new LogLevels(new LogLevelOptions());

        Assert.Equal((true, false), (levels.Allow("Kafka", LogLevel.Information), levels.Allow("Kafka", LogLevel.Debug)));
        Assert.Equal(
            (true, false),
            (levels.Allow("Microsoft.AspNetCore", LogLevel.Warning), levels.Allow("Microsoft.AspNetCore", LogLevel.Information)));
    }

    [Fact]
    public void A_level_of_a_category_goes_before_the_one_for_all()
    {
        var levels = new LogLevels(new LogLevelOptions { Default = LeastLevel.Error, Kafka = LeastLevel.Debug });

        Assert.True(levels.Allow("Kafka", LogLevel.Debug));
        Assert.False(levels.Allow("Events", LogLevel.Warning));
        Assert.False(levels.Allow("Microsoft.AspNetCore", LogLevel.Warning)); // not below what is asked of all
        Assert.True(levels.Allow("Events", LogLevel.Critical));
    }

    [Fact]
    public void A_failed_start_is_logged_once_by_ourselves() => Assert.False(
        new LogLevels(new LogLevelOptions()).Allow("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical));

    [Fact]
    public void What_is_logged_about_sending_is_not_sent()
    {
        var levels = new LogLevels(new LogLevelOptions());

        Assert.Equal((true, false), (levels.Allow("Export", LogLevel.Error), levels.AllowSending("Export", LogLevel.Error)));
        Assert.All(
            LogCategory.All.Where(category => category.Name != "Export"),
            category => Assert.True(levels.AllowSending(category.Name, LogLevel.Error)));
    }

    [Theory]
    [InlineData("""{ "Format": "jsn" }""", "Format is \"jsn\": write text or json")]
    [InlineData("""{ "Formt": "json" }""", "Formt is not a known key: did you mean Format?")]
    [InlineData(
        """{ "Levels": { "Kafka": "warn" } }""", "Levels:Kafka is \"warn\": write debug, information, warning or error")]
    [InlineData("""{ "Levels": { "Kafak": "debug" } }""", "Levels:Kafak is not a known key: did you mean Kafka?")]
    [InlineData(
        """{ "Levels": { "Lib": "debug" } }""",
        "Levels:Lib is not a known key: write Default, Service, Kafka, Events, Alerts, References, Checkpoints, Notifications, Health, "
            + "Http, Export or Microsoft")]
    [InlineData("""{ "Levels": "debug" }""", "Levels is a single value: write an object, { … }")]
    public void A_fault_is_told_in_one_line_with_its_remedy(string logging, string fault)
    {
        using var configuration = new Planning.Configuration(Planning.Configuration.Good.Replace(
            "\"Monitors\"", $"\"Logging\": {logging}, \"Monitors\"", StringComparison.Ordinal));

        Assert.Equal([$"DriftMonitor:Logging:{fault}"], configuration.Faults());
    }
}
