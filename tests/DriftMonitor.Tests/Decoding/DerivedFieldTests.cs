using System.Text;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Decoding;

public sealed class DerivedFieldTests
{
    [Theory]
    [InlineData("difference(x)", DerivedKind.Difference, 0, "x", "difference(x)")]
    [InlineData("absdiff( a.b[0].c )", DerivedKind.AbsoluteDifference, 0, "a.b[0].c", "absdiff(a.b[0].c)")]
    [InlineData("deviation(latency_ms,10)", DerivedKind.DeviationFromLast, 10, "latency_ms", "deviation(latency_ms, 10)")]
    [InlineData("deviation(x, 1)", DerivedKind.DeviationFromLast, 1, "x", "deviation(x, 1)")]
    [InlineData("deviation(x, 0100)", DerivedKind.DeviationFromLast, 100, "x", "deviation(x, 100)")]
    [InlineData("deviation(x ,1000)", DerivedKind.DeviationFromLast, 1000, "x", "deviation(x, 1000)")]
    [InlineData("deviation(x, day)", DerivedKind.DeviationFromDays, 0, "x", "deviation(x, day)")]
    [InlineData("deviation(a[\"b,c\"], 5)", DerivedKind.DeviationFromLast, 5, "a[\"b,c\"]", "deviation(a[\"b,c\"], 5)")]
    [InlineData("""difference(["a\"],b"])""", DerivedKind.Difference, 0, """["a\"],b"]""", """difference(["a\"],b"])""")]
    [InlineData("difference(T (degC))", DerivedKind.Difference, 0, "T (degC)", "difference(T (degC))")]
    [InlineData("difference(load(kW))", DerivedKind.Difference, 0, "load(kW)", "difference(load(kW))")]
    [InlineData("length(name)", DerivedKind.Length, 0, "name", "length(name)")]
    [InlineData("present(x)", DerivedKind.Present, 0, "x", "present(x)")]
    [InlineData("gap( )", DerivedKind.Gap, 0, null, "gap()")]
    [InlineData("hour()", DerivedKind.Hour, 0, null, "hour()")]
    [InlineData("volume()", DerivedKind.Volume, 0, null, "volume()")]
    [InlineData("logloss( p,y)", DerivedKind.LogLoss, 0, "p", "logloss(p, y)")]
    [InlineData("residual(a.b, c)", DerivedKind.Residual, 0, "a.b", "residual(a.b, c)")]
    [InlineData("absresidual(a, b)", DerivedKind.AbsoluteResidual, 0, "a", "absresidual(a, b)")]
    [InlineData("match(a[\"b,c\"], d)", DerivedKind.Match, 0, "a[\"b,c\"]", "match(a[\"b,c\"], d)")]
    public void A_derived_field_is_a_function_of_a_field(string text, DerivedKind kind, int last, string? from, string canonical)
    {
        var derived = DerivedField.Parse(text)!;
        Assert.Equal(new Derivation(kind, last), derived.Derivation);
        Assert.Equal(from, derived.From?.Text);
        Assert.Equal(canonical, derived.Text);
        Assert.Equal(canonical, DerivedField.Canonical(text));
        Assert.Equal(canonical, DerivedField.Parse(canonical)!.Text);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("load(kW)")]
    [InlineData("T (degC)")]
    [InlineData("Gap()")] // functions are small letters
    [InlineData("gap ()")]
    [InlineData("gap().x")]
    [InlineData("a.gap()")]
    [InlineData("""["gap()"]""")]
    [InlineData("(x)")]
    [InlineData("()")]
    [InlineData("")]
    public void Another_text_is_a_path_or_the_name_of_a_column(string text)
    {
        Assert.Null(DerivedField.Parse(text));
        Assert.Equal(text, DerivedField.Canonical(text));
    }

    [Theory]
    [InlineData("gap(x)", "has 1 argument, and gap takes nothing between its parentheses: write gap()")]
    [InlineData("difference()", "has no arguments, and difference takes one field: write difference(x)")]
    [InlineData("difference(a, b)",
        "has 2 arguments, and difference takes one field: write difference(x); a comma in a name is quoted, as in [\"a,b\"]")]
    [InlineData("logloss(p)", "has 1 argument, and logloss takes two fields: write logloss(p, y)")]
    [InlineData("match(a, b, c)",
        "has 3 arguments, and match takes two fields: write match(a, b); a comma in a name is quoted, as in [\"a,b\"]")]
    [InlineData("residual(, b)",
        "names no field: write residual(actual, predicted) with the path of a field in place of actual and predicted")]
    [InlineData("match(a, a)", "has a twice: write match(a, b) with two different fields")]
    [InlineData("absresidual(a, gap())",
        "derives from another derived field, gap(): write the path of a field, or [\"gap()\"] for a key of that name")]
    [InlineData("deviation(x)",
        "has 1 argument, and deviation takes a field and how many values to compare with: write deviation(x, 10) or deviation(x, day)")]
    [InlineData("deviation(, 5)", "names no field: write deviation(x, 10) or deviation(x, day) with the path of a field in place of x")]
    [InlineData("deviation(x, 0)",
        "compares with the last \"0\" values: write a whole number from 1 to 1000, as in deviation(x, 10), or day")]
    [InlineData("deviation(x, 1001)",
        "compares with the last \"1001\" values: write a whole number from 1 to 1000, as in deviation(x, 10), or day")]
    [InlineData("deviation(x, -1)",
        "compares with the last \"-1\" values: write a whole number from 1 to 1000, as in deviation(x, 10), or day")]
    [InlineData("deviation(x, 1.5)",
        "compares with the last \"1.5\" values: write a whole number from 1 to 1000, as in deviation(x, 10), or day")]
    [InlineData("deviation(x, Day)",
        "compares with the last \"Day\" values: write a whole number from 1 to 1000, as in deviation(x, 10), or day")]
    [InlineData("absdiff(difference(x))",
        "derives from another derived field, difference(x): write the path of a field, or [\"difference(x)\"] for a key of that name")]
    public void A_function_with_other_arguments_is_refused_with_the_remedy(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => DerivedField.Parse(text)).Message);

    [Theory]
    [InlineData("""{"x":""}""", 0)]
    [InlineData("""{"x":"abc"}""", 3)]
    [InlineData("""{"x":"héé"}""", 3)]
    [InlineData("""{"x":"🍵!"}""", 2)]
    [InlineData("""{"x":"\ud83c\udf75!"}""", 2)]
    [InlineData("""{"x":"a\"\\\/\b\f\n\r\té"}""", 10)]
    [InlineData("""{"x":"\u00e9\u0000"}""", 2)]
    [InlineData("""{"x":"\ud83c"}""", 1)] // half of a pair is a code point, if no character
    [InlineData("""{"x":"\ud83c\ud83c\udf75\udf75"}""", 3)]
    [InlineData("""{"x":[]}""", 0)]
    [InlineData("""{"x":[ ]}""", 0)]
    [InlineData("""{"x":[1, [2,3] ,{"y":[4,5]},"a,b",null ]}""", 5)]
    public void A_length_is_of_code_points_or_of_elements(string json, double length) =>
        Assert.Equal(new DerivedInput(DerivedInputKind.Number, length), Read("length(x)", json));

    [Property(MaxTest = 100)]
    public Property A_length_is_that_of_the_text_however_it_is_written() => Prop.ForAll(
        (from runes in Gen.OneOf(Gen.Choose(0, 0x7F), Gen.Choose(0x80, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF)).ListOf()
         from isEscaped in ArbMap.Default.GeneratorFor<bool>()
         select (Runes: runes, IsEscaped: isEscaped)).ToArbitrary(),
        text =>
        {
            var written = string.Concat(text.Runes.Select(rune => new Rune(rune).ToString()));
            var json = string.Concat(written.Select(unit =>
                text.IsEscaped || unit is < ' ' or '"' or '\\' ? $"\\u{(int)unit:x4}" : $"{unit}"));
            Assert.Equal(text.Runes.Count, Read("length(x)", $"{{\"x\":\"{json}\"}}").Number);
        });

    [Theory]
    [InlineData("length(x)", """{"x":17}""", DerivedInputKind.WrongType)]
    [InlineData("length(x)", """{"x":true}""", DerivedInputKind.WrongType)]
    [InlineData("length(x)", """{"x":{"a":1}}""", DerivedInputKind.WrongType)]
    [InlineData("length(x)", """{"x":null}""", DerivedInputKind.Missing)]
    [InlineData("length(x)", "{}", DerivedInputKind.Missing)]
    [InlineData("difference(x)", """{"x":17}""", DerivedInputKind.Number)]
    [InlineData("difference(x)", """{"x":"17"}""", DerivedInputKind.TextNumber)]
    [InlineData("difference(x)", """{"x":"a"}""", DerivedInputKind.Text)]
    [InlineData("difference(x)", """{"x":[1]}""", DerivedInputKind.WrongType)]
    [InlineData("difference(x)", """{"x":false}""", DerivedInputKind.WrongType)]
    [InlineData("difference(x)", """{"x":null}""", DerivedInputKind.Missing)]
    [InlineData("gap()", "{}", DerivedInputKind.Number)]
    public void An_event_without_what_a_value_is_derived_from_has_a_bin_of_its_own(string field, string json, DerivedInputKind kind) =>
        Assert.Equal(kind, Read(field, json).Kind);

    [Theory]
    [InlineData("""{"x":0}""", 1)]
    [InlineData("""{"x":""}""", 1)]
    [InlineData("""{"x":[]}""", 1)]
    [InlineData("""{"x":false}""", 1)]
    [InlineData("""{"x":null}""", 0)]
    [InlineData("""{"y":1}""", 0)]
    public void A_field_is_present_whatever_it_is_unless_it_is_null(string json, double isPresent) =>
        Assert.Equal(new DerivedInput(DerivedInputKind.Number, isPresent), Read("present(x)", json));

    [Theory]
    [InlineData("length(x)", "abc,1", 3.0)]
    [InlineData("length(x)", "\"a \"\"b\"\", c\",1", 8.0)]
    [InlineData("length(x)", "é ,1", 2.0)]
    [InlineData("length(x)", ",1", null)]
    [InlineData("length(x)", "  ,1", null)]
    [InlineData("difference([\"gap()\"])", "5,1", 1.0)] // a column with the name of a function is quoted
    [InlineData("present(x)", " ,1", 0.0)]
    [InlineData("present(x)", "0,1", 1.0)]
    public void In_CSV_a_cell_has_the_length_of_its_text_and_a_blank_one_is_missing(string field, string row, double? number)
    {
        var derived = DerivedField.Parse(field)!;
        var header = new CsvHeader(["x", "gap()"]);
        var decoder = new EventDecoder([derived.From!]);
        var bytes = Encoding.UTF8.GetBytes(row);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = bytes, Header = header }));
        var input = DerivedInput.Of(derived.Derivation, decoder, 0, 1, bytes);
        Assert.Equal(number is null ? DerivedInputKind.Missing : DerivedInputKind.Number, input.Kind);
        Assert.Equal(number ?? 0, input.Number);
    }

    private static DerivedInput Read(string field, string json)
    {
        var derived = DerivedField.Parse(field)!;
        var decoder = new EventDecoder(derived.From is { } from ? [from] : []);
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = bytes }));
        return DerivedInput.Of(derived.Derivation, decoder, 0, 1, bytes);
    }
}
