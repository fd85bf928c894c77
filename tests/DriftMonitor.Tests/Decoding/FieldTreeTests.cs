using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Decoding;

/// <summary>The fields that a sample of events has.</summary>
public sealed class FieldTreeTests
{
    [Theory]
    [InlineData("""{"b":1,"a":"x"}""", "b|a")]
    [InlineData("""{"user":{"age":4,"home":{"city":"Ulm"}}}""", "user.age|user.home.city")]
    [InlineData("""{"tags":["a","b"],"items":[{"sku":1}]}""", "tags|items")] // an array is one field
    [InlineData("""{"a":{},"b":null}""", "b")] // an empty object has no fields; a null may be anything
    [InlineData("""{"a.b":1,"c[0]":2,"":3,"gap()":4,"q\"":5}""", """["a.b"]|["c[0]"]|[""]|["gap()"]|["q\""]""")]
    [InlineData("""{"x":{"a.b":1}}""", """x["a.b"]""")]
    [InlineData("""{"x":NaN,"y":[Infinity],"s":"NaN \" NaN","z":-Infinity}""", "x|y|s|z")] // as Python writes numbers
    [InlineData("""{"x":NaN,"s":"a\"","y":NaN,"z":1}""", "x|s|y|z")] // a quote that ends no string
    [InlineData("""[{"a":1},{"b":2},5]""", "a|b")] // the elements are the events
    [InlineData("5", "")]
    [InlineData("nonsense", "")]
    [InlineData("", "")]
    public void Fields_are_listed_by_paths_in_the_order_of_their_first_occurrence(string json, string fields) =>
        Assert.Equal(fields, string.Join('|', Tree(json).Fields));

    [Fact]
    public void A_field_that_is_an_object_in_some_events_and_a_number_in_others_is_listed_with_what_is_in_it() =>
        Assert.Equal(["x", "x.a"], Tree("""{"x":1}""", """{"x":{"a":1}}""", """{"x":null}""").Fields.Select(field => field.Text));

    [Fact]
    public void Columns_are_fields_unless_two_have_the_same_name()
    {
        var tree = new FieldTree();
        tree.Add(new RawEvent
        {
            Value = "1,2,3,4,5"u8,
            Header = new CsvHeader(["load (kW)", "x.y", "twice", "twice", ""]),
        });

        Assert.Equal(["load (kW)", "[\"x.y\"]"], tree.Fields.Select(field => field.Text));
        Assert.Equal(["twice"], tree.RepeatedColumns);
    }

    [Fact]
    public void Records_are_arrays_where_most_of_them_are()
    {
        Assert.True(Tree("""[{"a":1}]""", """[{"a":1}]""", """{"a":1}""").IsOfArrays);
        Assert.False(Tree("""[{"a":1}]""", """{"a":1}""").IsOfArrays);
    }

    [Fact]
    public void Keys_that_are_values_cannot_fill_the_memory()
    {
        var tree = Tree([.. Enumerable.Range(0, 2 * FieldTree.MostFields).Select(i => "{\"k" + i + "\":{\"v\":1}}")]);

        Assert.InRange(tree.Fields.Count, 1, FieldTree.MostFields);
        Assert.True(tree.KeysLeftOut >= FieldTree.MostFields, $"{tree.KeysLeftOut} keys were left out");
    }

    [Fact] // whatever a key is, the decoder finds its value by the path that is listed
    public void A_listed_path_leads_to_the_value_of_its_key() => Prop.ForAll<string, string>(Leads).QuickCheckThrowOnFailure();

    private static bool Leads(string outer, string inner)
    {
        var (first, second) = (Text(outer), Text(inner));
        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
            new Dictionary<string, object> { [first] = new Dictionary<string, int> { [second] = 42 } }));
        var tree = new FieldTree();
        tree.Add(new RawEvent { Value = json });
        var decoder = new EventDecoder([Assert.Single(tree.Fields)]);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = json }));
        return Encoding.UTF8.GetString(decoder[0].In(json)) == "42";
    }

    // Without unpaired surrogates, which are no text.
    private static string Text(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private static FieldTree Tree(params string[] events)
    {
        var tree = new FieldTree();
        foreach (var json in events)
        {
            tree.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });
        }

        return tree;
    }
}
