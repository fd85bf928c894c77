using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Decoding;

/// <summary>A filter lets the events through in which a field has one of its values.</summary>
public sealed class EventFilterTests
{
    [Theory]
    [InlineData("""{"k":"DE"}""", true)]
    [InlineData("""{"k":"D\u0045"}""", true)]
    [InlineData("""{"k":"FR"}""", false)]
    [InlineData("""{"k":""}""", false)]
    [InlineData("""{"k":null}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("""{"k":["DE"]}""", false)]
    [InlineData("""{"k":true}""", true)]
    [InlineData("""{"k":false}""", false)]
    [InlineData("""{"k":17}""", true)]
    [InlineData("""{"k":1.7e1}""", true)]
    [InlineData("""{"k":"17"}""", true)]
    [InlineData("""{"k":"17.0"}""", false)]
    [InlineData("""{"k":18}""", false)]
    public void Values_are_compared_as_those_of_categories_are(string json, bool isLetThrough) =>
        Assert.Equal(isLetThrough, Matches(json, null, "DE", "17", "true"));

    [Fact]
    public void Cells_of_csv_are_compared_by_value_where_all_values_are_numbers()
    {
        var header = new CsvHeader(["k"]);

        Assert.True(Matches("17.0", header, "17", "3"));
        Assert.False(Matches("17.0", header, "17", "x"));
        Assert.True(Matches("17", header, "17", "x"));
    }

    [Fact]
    public void Filters_are_equal_if_they_let_the_same_events_through()
    {
        Assert.Equal(Filter("b", "a", "a"), Filter("a", "b"));
        Assert.Equal(Filter("1", "2.0"), Filter("2", "1.0"));
        Assert.NotEqual(Filter("a"), Filter("a", "b"));
        Assert.NotEqual(Filter("a"), new EventFilter(FieldPath.Parse("other"), ["a"]));
    }

    private static EventFilter Filter(params string[] values) => new(FieldPath.Parse("k"), values);

    private static bool Matches(string text, CsvHeader? header, params string[] values)
    {
        var filter = Filter(values);
        var value = Encoding.UTF8.GetBytes(text);
        var decoder = new EventDecoder([filter.Field]);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value, Header = header }));
        return filter.Matches(decoder, 0, value);
    }
}
