using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Decoding;

/// <summary>Fields that are derived from two: what an event gives to them.</summary>
public sealed class ModelInputTests
{
    private const double LeastLoss = 34.538776394910684; // of the probability 1e-15

    [Theory]
    [InlineData("""{"p":{"cat":0.25,"dog":0.75},"y":"dog"}""", 0.75)]
    [InlineData("""{"p":{ "cat" : 0.25 , "dog" : 0.75 } ,"y":"cat"}""", 0.25)]
    [InlineData("""{"y":"a\"b","p":{"a\u0022b":0.125,"c":0.875}}""", 0.125)] // the same text, however it is escaped
    [InlineData("""{"p":{"17":0.5,"18":0.5},"y":17.0}""", 0.5)]
    [InlineData("""{"p":{"true":0.9,"false":0.1},"y":false}""", 0.1)]
    [InlineData("""{"p":{"cat":1,"dog":null},"y":"cat"}""", 1.0)]
    [InlineData("""{"p":{"cat":0.25,"dog":0.7505},"y":"cat"}""", 0.25)] // within 1e-3 of 1
    [InlineData("""{"p":[0.2,0.5,0.3],"y":2}""", 0.3)]
    [InlineData("""{"p":[ 0.2 , 0.8 ],"y":1.0}""", 0.8)]
    [InlineData("""{"p":[0.2,0.8],"y":true}""", 0.8)]
    [InlineData("""{"p":[0.2,0.8],"y":"0"}""", 0.2)]
    [InlineData("""{"p":[1],"y":0}""", 1.0)]
    [InlineData("""{"p":0.3,"y":1}""", 0.3)]
    [InlineData("""{"p":0.3,"y":0}""", 0.7)]
    [InlineData("""{"p":0.3,"y":true}""", 0.3)]
    [InlineData("""{"p":0.3,"y":"False"}""", 0.7)]
    [InlineData("""{"p":1.0000001192092896,"y":0}""", 0.0)]
    public void The_log_loss_is_that_of_the_probability_of_the_label(string json, double probability)
    {
        var input = Read("logloss(p, y)", json);

        Assert.Equal(DerivedInputKind.Number, input.Kind);
        Assert.Equal(probability == 0 ? LeastLoss : -Math.Log(probability), input.Number, 1e-15);
    }

    [Theory]
    [InlineData("""{"p":{"cat":0.25,"dog":0.75},"y":"cow"}""", DerivedInputKind.Missing)] // no probability for the label
    [InlineData("""{"p":{"cat":null,"dog":1},"y":"cat"}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":[0.5,0.5],"y":2}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":[0.5,0.5],"y":0.5}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":[0.5,0.5],"y":-1}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":[0.5,0.5],"y":"cat"}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":0.3,"y":2}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":0.3,"y":"yes"}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":0.3}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":null,"y":1}""", DerivedInputKind.Missing)]
    [InlineData("""{"p":{"cat":0.25,"dog":0.7},"y":"cat"}""", DerivedInputKind.WrongType)] // they sum to 0.95
    [InlineData("""{"p":{"cat":0.25,"dog":0.75,"cat":0.25},"y":"cat"}""", DerivedInputKind.WrongType)] // a key twice
    [InlineData("""{"p":{"cat":"0.25","dog":0.75},"y":"dog"}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":{"cat":[0.25],"dog":0.75},"y":"dog"}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":{},"y":"dog"}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":[],"y":0}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":[0.5,0.502],"y":0}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":[1.5,-0.5],"y":0}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":[NaN,1],"y":1}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":1.01,"y":1}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":NaN,"y":1}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":true,"y":1}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":[0.5,0.5],"y":[0]}""", DerivedInputKind.WrongType)]
    [InlineData("""{"p":"0.25","y":1}""", DerivedInputKind.TextNumber)] // a number only where the reference reads numbers in strings
    [InlineData("""{"p":"a quarter","y":1}""", DerivedInputKind.Text)]
    public void Without_such_a_probability_an_event_is_missing_or_of_the_wrong_type(string json, DerivedInputKind kind) =>
        Assert.Equal(kind, Read("logloss(p, y)", json).Kind);

    [Theory]
    [InlineData("""{"a":5,"b":7.5}""", DerivedInputKind.Number, -2.5)]
    [InlineData("""{"a":5,"b":"7.5"}""", DerivedInputKind.TextNumber, -2.5)]
    [InlineData("""{"a":5,"b":null}""", DerivedInputKind.Missing, 0.0)]
    [InlineData("""{"a":5,"b":"n/a"}""", DerivedInputKind.Text, 0.0)]
    [InlineData("""{"a":5,"b":[7]}""", DerivedInputKind.WrongType, 0.0)]
    public void A_residual_is_the_actual_value_less_the_predicted_one(string json, DerivedInputKind kind, double residual)
    {
        Assert.Equal(kind, Read("residual(a, b)", json).Kind);
        Assert.Equal(kind, Read("absresidual(a, b)", json).Kind);
        if (kind is DerivedInputKind.Number or DerivedInputKind.TextNumber)
        {
            Assert.Equal(residual, Read("residual(a, b)", json).Number);
            Assert.Equal(Math.Abs(residual), Read("absresidual(a, b)", json).Number);
        }
    }

    [Theory]
    [InlineData("""{"a":"cat","b":"cat"}""", true)]
    [InlineData("""{"a":"cat","b":"Cat"}""", false)]
    [InlineData("""{"a":17,"b":17.0}""", true)]
    [InlineData("""{"a":17,"b":"17"}""", true)] // as categories they are the same
    [InlineData("""{"a":true,"b":"true"}""", true)]
    [InlineData("""{"a":9007199254740993,"b":9007199254740992}""", false)]
    [InlineData("""{"a":"\u0063at","b":"c\u0061t"}""", true)]
    [InlineData("""{"a":"\u0063at","b":"c\u0061r"}""", false)]
    [InlineData("""{"a":"\ud83c","b":"\ud83c"}""", false)] // no text
    public void Fields_match_if_they_have_the_same_category(string json, bool doMatch) =>
        Assert.Equal(new DerivedInput(DerivedInputKind.Number, doMatch ? 1 : 0), Read("match(a, b)", json));

    [Theory]
    [InlineData("""{"a":"cat","b":null}""", DerivedInputKind.Missing)]
    [InlineData("""{"a":"cat","b":["cat"]}""", DerivedInputKind.WrongType)]
    public void A_field_without_a_category_matches_none(string json, DerivedInputKind kind) =>
        Assert.Equal(kind, Read("match(a, b)", json).Kind);

    [Theory]
    [InlineData("match(a, b)", "17,17.0", 1.0)]
    [InlineData("match(a, b)", " x,x ", 1.0)]
    [InlineData("match(a, b)", "01234,1234", 0.0)] // postal codes
    [InlineData("match(a, b)", "x,y", 0.0)]
    [InlineData("match(a, b)", "x,", null)]
    [InlineData("logloss(a, b)", "0.25,True", 1.3862943611198906)]
    [InlineData("logloss(a, b)", "0.25,0", 0.28768207245178090)]
    [InlineData("residual(a, b)", "3,1.5", 1.5)]
    public void Cells_of_CSV_are_read_alike(string field, string row, double? number)
    {
        var derived = DerivedField.Parse(field)!;
        var decoder = new EventDecoder([derived.From!, derived.With!]);
        var bytes = Encoding.UTF8.GetBytes(row);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = bytes, Header = new CsvHeader(["a", "b"]) }));

        var input = DerivedInput.Of(derived.Derivation, decoder, 0, 1, bytes);

        Assert.Equal(number is null ? DerivedInputKind.Missing : DerivedInputKind.Number, input.Kind);
        Assert.Equal(number ?? 0, input.Number, 1e-15);
    }

    [Theory]
    [InlineData("logloss(p, y)", """{"p":{"c\u0061t":0.25,"dog":0.75},"y":"ca\u0074"}""")]
    [InlineData("logloss(p, y)", """{"p":[0.25,0.75],"y":1}""")]
    [InlineData("match(p, y)", """{"p":"c\u0061t","y":"ca\u0074"}""")]
    public void Nothing_is_allocated_for_an_event(string field, string json)
    {
        var derived = DerivedField.Parse(field)!;
        var decoder = new EventDecoder([derived.From!, derived.With!]);
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.Equal(1000, Derive(1000)); // the first ones make room for texts, and the runtime recompiles hot methods on this thread
        var before = GC.GetAllocatedBytesForCurrentThread();
        Derive(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        int Derive(int events)
        {
            var numbers = 0;
            for (var i = 0; i < events; i++)
            {
                decoder.Decode(new RawEvent { Value = bytes });
                numbers += DerivedInput.Of(derived.Derivation, decoder, 0, 1, bytes).Kind == DerivedInputKind.Number ? 1 : 0;
            }

            return numbers;
        }
    }

    private static DerivedInput Read(string field, string json)
    {
        var derived = DerivedField.Parse(field)!;
        var decoder = new EventDecoder([derived.From!, derived.With!]);
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = bytes }));
        return DerivedInput.Of(derived.Derivation, decoder, 0, 1, bytes);
    }
}
