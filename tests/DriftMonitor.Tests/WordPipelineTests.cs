using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests;

/// <summary>The words of texts, from events to readings.</summary>
public sealed class WordPipelineTests
{
    private static readonly CategoricalBinning Words = new(["order", "late", "17", "true", "état"]);

    [Theory]
    [InlineData("\"Order late, late!\"", "order late late")]
    [InlineData("\"an order\"", "unseen order")]
    [InlineData("\"\\u00c9tat\\nLATE\"", "état late")]
    [InlineData("17", "17")]
    [InlineData("1.7e1", "17")]
    [InlineData("true", "true")]
    [InlineData("null", "missing")]
    [InlineData("\"\"", "missing")]
    [InlineData("\" - … !\"", "missing")]
    [InlineData("[\"order\"]", "wrong_type")]
    [InlineData("{}", "wrong_type")]
    [InlineData("\"\\ud800\"", "unseen")]
    public void A_text_counts_once_for_each_of_its_words(string text, string counted)
    {
        var monitor = Scene.Watch(binning: Words, field: "text", countsWords: true);
        var source = new ScriptedSource().Partitions(1)
            .Event(0, $$"""{"text":{{text}}}""", Scene.At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z"));
        new Scene(source, monitor).Play();

        var counts = monitor.Monitor.Series[0].Histogram(0).Counts();
        var expected = new long[Words.Count];
        foreach (var word in counted.Split(' '))
        {
            var bin = word == "missing" ? Words.Missing
                : word == "wrong_type" ? Words.WrongType
                : word == "unseen" ? Words.Unseen
                : Words.BinOf(Encoding.UTF8.GetBytes(word));
            expected[bin]++;
        }

        Assert.Equal(expected, counts);
        Assert.Equal(4, monitor.Monitor.Counted); // events
    }

    [Fact]
    public void A_word_that_is_too_long_for_a_vocabulary_is_unseen()
    {
        var monitor = Scene.Watch(binning: Words, field: "text", countsWords: true);
        var source = new ScriptedSource().Partitions(1)
            .Event(0, $$"""{"text":"{{new string('a', 100_000)}} order"}""", Scene.At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z"));
        new Scene(source, monitor).Play();

        var counts = monitor.Monitor.Series[0].Histogram(0).Counts();
        Assert.Equal((1, 1), (counts[0], counts[Words.Unseen]));
        Assert.Equal(2, counts.Sum());
    }

    [Fact]
    public void The_cross_entropy_of_a_window_is_that_of_the_definition_and_its_entropy_and_divergence_together()
    {
        var binning = new CategoricalBinning(["a", "b", "c"]);
        var monitor = Scene.Watch(binning: binning, reference: [50, 30, 20, 0, 0, 0], field: "text", countsWords: true);
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"text":"a a a b d"}""", Scene.At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"text":"a"}""", Scene.At("2013-02-09T01:10Z"));
        var reading = new Scene(source, monitor).Play().Monitors[0].Series[0].Readings[0];
        var measurement = reading.Measurement!;

        // qᵢ = (rᵢ + αᵢ)/(m + Σα), where the three special bins share a pseudo-count of one half.
        double[] q = [50.5 / 102, 30.5 / 102, 20.5 / 102, 0.5 / 3 / 102];
        var crossEntropy = -(3 * Math.Log(q[0]) + Math.Log(q[1]) + Math.Log(q[3])) / 5;
        var entropy = -(0.6 * Math.Log(0.6) + 0.4 * Math.Log(0.2));
        Assert.Equal(5, reading.Events);
        Assert.Equal(crossEntropy, measurement.CrossEntropyNats!.Value, 1e-12);
        Assert.Equal(entropy + measurement.KlNats, measurement.CrossEntropyNats.Value, 1e-12);
        Assert.Equal(Math.Exp(crossEntropy), measurement.Perplexity!.Value, 1e-9);
        Assert.Equal(
            -(q[0] * Math.Log(q[0]) + q[1] * Math.Log(q[1]) + q[2] * Math.Log(q[2]) + 3 * q[3] * Math.Log(q[3])),
            measurement.ReferenceCrossEntropyNats!.Value, 1e-12);

        var json = Json(reading);
        Assert.Equal(measurement.CrossEntropyNats, json.GetProperty("cross_entropy_nats").GetDouble());
        Assert.Equal(measurement.Perplexity, json.GetProperty("perplexity").GetDouble());
        Assert.Equal(measurement.ReferenceCrossEntropyNats, json.GetProperty("reference_cross_entropy_nats").GetDouble());
        Assert.Equal(measurement.ReferencePerplexity, json.GetProperty("reference_perplexity").GetDouble());
    }

    [Theory]
    [InlineData(9, Unavailable.TooFewEvents)]
    [InlineData(10, Unavailable.None)]
    public void The_smallest_number_of_events_is_one_of_words(int words, Unavailable expected)
    {
        var monitor = Scene.Watch(binning: Words, field: "text", minimumEvents: 10, countsWords: true);
        var text = string.Join(' ', Enumerable.Repeat("order", words));
        var source = new ScriptedSource().Partitions(1)
            .Event(0, $$"""{"text":"{{text}}"}""", Scene.At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z"));

        Assert.Equal(expected, new Scene(source, monitor).Play().Monitors[0].Series[0].Readings[0].Unavailable);
    }

    [Theory]
    [InlineData(2, Unavailable.None)]
    [InlineData(3, Unavailable.Untrusted)]
    public void A_text_of_many_words_makes_up_for_no_more_than_one_rejected_event(int malformed, Unavailable expected)
    {
        var monitor = Scene.Watch(binning: Words, field: "text", countsWords: true); // at most 0.2 may be rejected
        var source = new ScriptedSource().Partitions(1);
        var text = string.Join(' ', Enumerable.Repeat("order", 1000));
        for (var i = 0; i < 8; i++)
        {
            source.Event(0, $$"""{"text":"{{text}}"}""", Scene.At("2013-02-09T00:10Z"));
        }

        for (var i = 0; i < malformed; i++)
        {
            source.Event(0, "{", Scene.At("2013-02-09T00:10Z"));
        }

        source.Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z"));
        Assert.Equal(expected, new Scene(source, monitor).Play().Monitors[0].Series[0].Readings[0].Unavailable);
    }

    [Fact]
    public void Case_makes_a_difference_where_it_is_kept()
    {
        var binning = new CategoricalBinning(["Apple", "apple"]);
        var monitor = Scene.Watch(binning: binning, field: "text", countsWords: true) with { Words = WordCase.Keep };
        var source = new ScriptedSource().Partitions(1)
            .Event(0, """{"text":"Apple apple APPLE"}""", Scene.At("2013-02-09T00:10Z"))
            .Events(3, 0, """{"text":"apple"}""", Scene.At("2013-02-09T01:10Z"));
        new Scene(source, monitor).Play();

        Assert.Equal([1, 1, 1, 0, 0], monitor.Monitor.Series[0].Histogram(0).Counts());
    }

    [Fact]
    public void Words_that_appear_fire_the_alert_of_their_segment_alone()
    {
        var rule = new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1);
        var monitor = Scene.Watch(
            binning: Words, reference: [50, 50, 1, 1, 1, 1, 0, 0], field: "text", rule: rule, segments: ["de", "fr"], countsWords: true);
        var source = new ScriptedSource().Partitions(1);
        foreach (var text in new[] { "order late", "late order", "order late" })
        {
            source.Event(0, $$"""{"text":"{{text}}","segment":"de"}""", Scene.At("2013-02-09T00:10Z"));
            source.Event(0, $$"""{"text":"{{text}} crash","segment":"fr"}""", Scene.At("2013-02-09T00:10Z"));
        }

        source.Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z"));
        var series = new Scene(source, monitor).Play().Monitors[0].Series;

        Assert.Equal(
            ["de: Inactive", "fr: Firing"],
            series.Where(one => one.Segment.Length > 0).Select(one => $"{one.Segment}: {one.Alert!.State}"));
    }

    private static JsonElement Json(Reading reading)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            ReadingJson.WriteFigures(json, reading);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(output.ToArray()).RootElement;
    }
}
