using DriftMonitor.Planning;

namespace DriftMonitor.Tests.Planning;

public sealed class IngestConfigurationTests
{
    private const string Kafka = "\"Kafka\": { \"BootstrapServers\": \"kafka:9092\" },";

    [Fact]
    public void Without_Ingest_topics_are_read_from_Kafka() => Assert.Equal("", Posted(""));

    [Theory]
    [InlineData("{}", "", "flights: posted, other: posted")]
    [InlineData("{ \"Topics\": [\"other\"] }", "", "other: posted")]
    [InlineData("{ \"Topics\": [\"other\"] }", Kafka, "other: posted")]
    [InlineData("{ \"Topics\": [\"flights\", \"other\"] }", Kafka, "flights: posted, other: posted")] // Kafka for notifications
    [InlineData("{}", "\"Kafka\": { \"MaxEventBytes\": 1000 },", "flights: posted, other: posted")]
    public void Ingest_takes_the_topics_that_it_names_or_all_of_them(string ingest, string kafka, string posted) =>
        Assert.Equal(posted, Posted($"\"Ingest\": {ingest}, {kafka}"));

    [Theory]
    [InlineData(
        "{}", Kafka,
        "DriftMonitor:Ingest:Topics is missing, and Kafka:BootstrapServers is set too: name the topics whose events are posted, or remove "
        + "BootstrapServers if all are")]
    [InlineData(
        "{ \"Topics\": [\"othr\"] }", "",
        "DriftMonitor:Ingest:Topics:0 is \"othr\", a topic that no monitor reads: did you mean other?")]
    [InlineData(
        "{ \"Topics\": [\"payments\"] }", "",
        "DriftMonitor:Ingest:Topics:0 is \"payments\", a topic that no monitor reads: their topics are flights, other")]
    [InlineData(
        "{ \"Topics\": [\"other\", \"other\"] }", "",
        "DriftMonitor:Ingest:Topics:1 is other, the same as DriftMonitor:Ingest:Topics:0: remove one")]
    [InlineData("{ \"Port\": 9464 }", "", "DriftMonitor:Ingest:Port is 9464, the port of Http: write another, such as 9465")]
    [InlineData("{}", "\"Http\": { \"Port\": 9465 },", "DriftMonitor:Ingest:Port is 9465, the port of Http: write another, such as 9466")]
    [InlineData(
        "{ \"MaxBodyBytes\": 1000, \"BufferBytes\": 999 }", "",
        "DriftMonitor:Ingest:BufferBytes is 999, too little for a body of MaxBodyBytes (1000), which would never be taken: write at least "
        + "1256")]
    [InlineData("{ \"Address\": \"localhost\" }", "", "DriftMonitor:Ingest:Address is \"localhost\": write an IP address such as ")]
    public void What_contradicts_itself_is_refused_in_one_line(string ingest, string others, string fault)
    {
        using var configuration = Configure($"\"Ingest\": {ingest}, {others}");

        Assert.StartsWith(fault, Assert.Single(configuration.Faults(Needs.Service)));
    }

    [Fact]
    public void A_broker_in_the_environment_counts_as_one_in_the_file()
    {
        using var configuration = Configure("\"Ingest\": {},");

        Assert.StartsWith(
            "DriftMonitor:Ingest:Topics is missing",
            Assert.Single(configuration.Faults(Needs.Service, ("DriftMonitor__Kafka__BootstrapServers", "kafka:9092"))));
    }

    [Fact]
    public void Monitors_of_a_topic_must_agree_on_CloudEvents()
    {
        using var configuration = new Configuration("""
            { "DriftMonitor": { "Monitors": [
              { "Name": "a", "Topic": "flights", "Field": "data.dep_delay", "CloudEvents": true, "Windows": ["1h"], "Pane": "1h",
                "Reference": { "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] } },
              { "Name": "b", "Topic": "flights", "Field": "x", "Windows": ["1h"], "Pane": "1h",
                "Reference": { "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] } } ] } }
            """);

        Assert.Equal(
            [
                "DriftMonitor:Monitors:1:CloudEvents is false, and DriftMonitor:Monitors:0 of the same topic flights says otherwise: write "
                + "the same in all monitors of a topic",
            ],
            configuration.Faults(Needs.Service));
    }

    [Fact]
    public void Where_events_come_from_is_part_of_what_a_checkpoint_must_agree_with()
    {
        using var kafka = Configure("");
        using var posted = Configure("\"Ingest\": { \"Topics\": [\"other\"] },");

        var settings = new[] { kafka, posted }.Select(one => one.Plan(Needs.Service).Monitors.Select(MonitorSettings.Of).ToList()).ToList();

        Assert.Equal(settings[0][0], settings[1][0]);
        Assert.Equal([KeyValuePair.Create("Ingest:Topics", "other")], settings[1][1].Except(settings[0][1]));
    }

    private static string Posted(string options)
    {
        using var configuration = Configure(options);
        var plan = configuration.Plan(Needs.Service);
        Assert.Empty(plan.Faults);
        return string.Join(", ", plan.Monitors.SelectMany(monitor => monitor.PostedTopics).Select(topic => $"{topic}: posted"));
    }

    private static Configuration Configure(string options) => new($$"""
        { "DriftMonitor": { {{options}} "Monitors": [
          { "Name": "a", "Topic": "flights", "Field": "x", "Windows": ["1h"], "Pane": "1h",
            "Reference": { "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] } },
          { "Name": "b", "Topic": "other", "Field": "x", "Windows": ["1h"], "Pane": "1h",
            "Reference": { "Kind": "inline", "Edges": [0, 1], "Probabilities": [1] } }
        ] } }
        """);
}
