using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using DriftMonitor.Commands;
using DriftMonitor.Configuration;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Documents;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Logs;

/// <summary>The events that are logged have stable names, and the documents have all of them.</summary>
[Collection(Document.Collection)]
[Trait("Document", "generated")]
public sealed class LogEventsTests
{
    private static readonly List<LoggerMessageAttribute> Events =
    [
        .. from assembly in new[] { typeof(Pipeline).Assembly, typeof(Verbs).Assembly }
           from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           orderby message.EventName
           select message,
    ];

    [Fact]
    public void Each_event_has_a_name_of_its_own_that_begins_with_its_category()
    {
        Assert.True(Events.Count > 40, $"{Events.Count} events");
        Assert.All(Events, logged => Assert.Matches("^[a-z]+[.][a-z_]+$", logged.EventName ?? $"no name: {logged.Message}"));
        Assert.All(Events, logged => Assert.Contains(
            LogCategory.All, category => logged.EventName!.StartsWith(category.Prefix, StringComparison.Ordinal)));
        Assert.Equal(Events.Count, Events.Select(logged => logged.EventName).Distinct().Count());
    }

    [Fact]
    public void No_value_in_a_message_has_the_name_of_a_key_that_every_line_has() => Assert.All(
        Events.SelectMany(logged => Regex.Matches(logged.Message, "[{]([A-Za-z]+)").Select(match => match.Groups[1].Value)),
        name => Assert.DoesNotContain(name, (string[])["Timestamp", "Level", "Category", "Event", "Message", "Exception"]));

    [Fact]
    public void Each_category_has_a_level_in_the_configuration() => Assert.Equal(
        LogCategory.All.Select(category => category.Name).Prepend("Default"),
        OptionsShape.PropertiesOf(typeof(LogLevelOptions)).Select(property => property.Name));

    [Fact]
    public void The_documents_have_all_categories_and_events()
    {
        var document = new Document("deploy/docs/logs.md");
        document.SectionIs("categories", Table(
            ["category", "what its lines are about"],
            LogCategory.All.Select(category => (string[])[$"`{category.Name}`", category.Meaning])));
        document.SectionIs("events", Table(
            ["event", "level", "message"],
            Events.Select(logged => (string[])[$"`{logged.EventName}`", LevelOf(logged), logged.Message])));
    }

    private static string LevelOf(LoggerMessageAttribute logged) => logged switch
    {
        { EventName: "alerts.changed" } => "warning where it fires, else information",
        { Level: LogLevel.None } => "warning, and debug while it lasts", // the commit that fails
        _ => logged.Level.ToString().ToLowerInvariant(),
    };

    private static string Table(string[] heads, IEnumerable<string[]> rows)
    {
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", heads)} |\n|{string.Concat(heads.Select(_ => "---|"))}\n");
        foreach (var row in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
        }

        return table.ToString();
    }
}
