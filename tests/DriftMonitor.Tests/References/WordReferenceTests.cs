using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Tests.References;

/// <summary>References of the words of a text.</summary>
public sealed class WordReferenceTests
{
    private static readonly string[] Texts =
    [
        "\"Late order, late ORDER\"", "\"order\"", "\"order of two\"", "null", "\"…\"", "[]", "17", "\"\\ud800\"",
    ];

    [Fact]
    public void The_vocabulary_is_of_the_most_frequent_words_and_windows_and_reference_count_alike()
    {
        var builder = Builder();
        AddTo(builder, Texts);
        var file = builder.Build();

        Assert.Equal(["order", "late", "17"], Labels(file.Reference.Binning)); // the third of three that occur once, in ordinal order
        Assert.Equal([4, 2, 1, 3, 2, 1], file.Reference.Counts.ToArray()); // unseen, missing, wrong_type
        Assert.Equal(13, file.Reference.Events);
        Assert.Equal(13, file.Reference.EventsPerPane);
        Assert.Equal(8, builder.Events);

        var monitor = Scene.Watch(binning: file.Reference.Binning, field: "text", countsWords: true);
        var source = new ScriptedSource().Partitions(1);
        foreach (var text in Texts)
        {
            source.Event(0, $$"""{"text":{{text}}}""", Scene.At("2013-02-09T00:10Z"));
        }

        new Scene(source.Events(3, 0, """{"text":"order"}""", Scene.At("2013-02-09T01:10Z")), monitor).Play();
        Assert.Equal(file.Reference.Counts.ToArray(), monitor.Monitor.Series[0].Histogram(0).Counts());
    }

    [Fact]
    public void Each_segment_has_the_words_of_its_texts()
    {
        var builder = Builder(segmentBy: "lang");
        AddTo(builder, ["\"order late\", \"lang\": \"en\"", "\"late late order\", \"lang\": \"de\"", "\"order\", \"lang\": \"en\""]);
        var file = builder.Build();

        Assert.Equal(["late", "order"], Labels(file.Reference.Binning));
        Assert.Equal([1, 2, 0, 0, 0], file.Segments["en"].Reference.Counts.ToArray());
        Assert.Equal([2, 1, 0, 0, 0], file.Segments["de"].Reference.Counts.ToArray());
    }

    [Fact]
    public void Case_can_be_kept()
    {
        var builder = Builder(letterCase: WordCase.Keep);
        AddTo(builder, ["\"Order order Order\""]);

        Assert.Equal([2, 1, 0, 0, 0], builder.Build().Reference.Counts.ToArray());
    }

    [Fact]
    public void Texts_without_any_word_are_no_vocabulary()
    {
        var builder = Builder();
        AddTo(builder, ["\"\"", "null", "\" \""]);

        var thrown = Assert.Throws<ReferenceException>(builder.Build);
        Assert.DoesNotContain('\n', thrown.Message);
        Assert.Equal(
            "no bins can be made for the field \"words(text)\": it is missing from all 3 events; is the name right?", thrown.Message);
    }

    private static string[] Labels(FieldBinning binning) => [.. Enumerable.Range(0, binning.Regular).Select(binning.Label)];

    private static ReferenceBuilder Builder(string? segmentBy = null, WordCase letterCase = WordCase.Lower)
    {
        var spec = new MonitorSpec
        {
            Name = "words",
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(1), "1h")],
            MinimumEvents = 1,
            CountsWords = true,
        };
        return new ReferenceBuilder(new ReferenceRecipe(spec, FieldPath.OfColumn("words(text)"))
        {
            Bins = BinsChoice.MostFrequent(3),
            SegmentBy = segmentBy is null ? null : SegmentFields.Of([segmentBy]),
            DerivedFrom = FieldPath.Parse("text"),
            Words = letterCase,
        });
    }

    private static void AddTo(ReferenceBuilder builder, string[] texts)
    {
        foreach (var text in texts)
        {
            builder.Add(new RawEvent
            {
                Value = Encoding.UTF8.GetBytes($$"""{"text":{{text}}}"""),
                RecordTime = Scene.At("2013-02-09T00:10Z"),
            });
        }
    }
}
