using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Decoding;

public sealed class EventDecoderTests
{
    private static readonly NumericBinning Numbers = new([0, 10, 20]);
    private static readonly CategoricalBinning Carriers = new(["UA", "AA", "é", "12", "1.50", "true", "a\"b"]);

    [Theory]
    [InlineData("""{"v":5}""", "[0, 10)")]
    [InlineData("""{"v":10.0}""", "[10, 20]")]
    [InlineData("""{"v":2e1}""", "[10, 20]")]
    [InlineData("""{"v":-0}""", "[0, 10)")]
    [InlineData("""{"v":-0.0001}""", "below")]
    [InlineData("""{"v":1e400}""", "above")]
    [InlineData("""{"v":-1e400}""", "below")]
    [InlineData("""{"v":1e-400}""", "[0, 10)")]
    [InlineData("""{"v":20.000000000000001}""", "[10, 20]")] // the nearest double is 20
    [InlineData("""{"v":NaN}""", "nan")]
    [InlineData("""{"v":Infinity}""", "above")]
    [InlineData("""{"v": -Infinity }""", "below")]
    [InlineData("""{"x":NaN,"y":[-Infinity],"v":15}""", "[10, 20]")]
    [InlineData("""{"v":null}""", "missing")]
    [InlineData("""{}""", "missing")]
    [InlineData("""{"V":5}""", "missing")] // names are exact
    [InlineData("""5""", "missing")]
    [InlineData("""null""", "missing")]
    [InlineData("""[{"v":5}]""", "missing")]
    [InlineData("""{"v":"5"}""", "wrong_type")]
    [InlineData("""{"v":true}""", "wrong_type")]
    [InlineData("""{"v":{}}""", "wrong_type")]
    [InlineData("""{"v":[5]}""", "wrong_type")]
    [InlineData("""{"v":5,"v":15}""", "[10, 20]")] // if a key is repeated, the last value wins
    [InlineData("""{"v":5,"v":null}""", "missing")]
    [InlineData("""{"\u0076":15}""", "[10, 20]")]
    [InlineData("""{"\ud800":1,"v":15}""", "[10, 20]")]
    [InlineData("\uFEFF{\"v\":15}", "[10, 20]")]
    [InlineData(" {\"v\" : 15 } \r", "[10, 20]")]
    public void A_number_s_value_has_a_bin_whatever_it_is(string json, string bin) => Assert.Equal(bin, Bin(json, "v", Numbers));

    [Property(MaxTest = 50)]
    public Property Each_of_many_fields_is_found_by_its_name(PositiveInt seed) => Prop.ForAll(
        Gen.Choose(1, 150).ToArbitrary(),
        fields =>
        {
            // Half of the names share their first eight bytes and their length.
            string[] names = [.. Enumerable.Range(0, fields).Select(i => i % 2 == 0 ? $"x{i}" : $"longname{i:D4}")];
            var values = new Dictionary<string, int>();
            var random = new System.Random(seed.Get);
            foreach (var name in names.Concat(["x", "x1000", "longname", "longname9999"]).OrderBy(_ => random.Next()))
            {
                values[name] = random.Next(1000);
            }

            var decoder = new EventDecoder([.. names.Select(FieldPath.Parse)]);
            var json = JsonSerializer.SerializeToUtf8Bytes(values);
            return decoder.Decode(new RawEvent { Value = json }) == Rejection.None
                && names.Index().All(name =>
                    decoder.TryGetNumber(decoder[name.Index], json, readsText: false, out var number) && number == values[name.Item]);
        });

    [Theory]
    [InlineData("""{"c":"UA"}""", "UA")]
    [InlineData("""{"c":"\u0055A"}""", "UA")]
    [InlineData("""{"c":"\u00e9"}""", "é")]
    [InlineData("""{"c":"é"}""", "é")]
    [InlineData("""{"c":"a\"b"}""", "a\"b")]
    [InlineData("""{"c":"ua"}""", "unseen")]
    [InlineData("""{"c":""}""", "unseen")]
    [InlineData("""{"c":"\ud800"}""", "unseen")]
    [InlineData("""{"c":12}""", "12")]
    [InlineData("""{"c":12.0}""", "12")]
    [InlineData("""{"c":1.2e1}""", "12")]
    [InlineData("""{"c":120000e-4}""", "12")]
    [InlineData("""{"c":-12}""", "unseen")]
    [InlineData("""{"c":"12.0"}""", "unseen")] // a text
    [InlineData("""{"c":1.50}""", "1.50")] // what is listed is a number's other spelling
    [InlineData("""{"c":1.5}""", "1.50")]
    [InlineData("""{"c":"1.5"}""", "unseen")]
    [InlineData("""{"c":NaN}""", "unseen")]
    [InlineData("""{"c":true}""", "true")]
    [InlineData("""{"c":false}""", "unseen")]
    [InlineData("""{"c":null}""", "missing")]
    [InlineData("""{}""", "missing")]
    [InlineData("""{"c":{"UA":1}}""", "wrong_type")]
    [InlineData("""{"c":["UA"]}""", "wrong_type")]
    public void A_category_s_value_has_a_bin_whatever_it_is(string json, string bin) => Assert.Equal(bin, Bin(json, "c", Carriers));

    [Theory]
    [InlineData("""{"v":"5"}""", "[0, 10)")]
    [InlineData("""{"v":"1.5e1"}""", "[10, 20]")]
    [InlineData("""{"v":" 007 "}""", "[0, 10)")]
    [InlineData("""{"v":"\u0035"}""", "[0, 10)")]
    [InlineData("""{"v":"NaN"}""", "nan")]
    [InlineData("""{"v":"-Infinity"}""", "below")]
    [InlineData("""{"v":""}""", "wrong_type")]
    [InlineData("""{"v":"n/a"}""", "wrong_type")]
    [InlineData("""{"v":true}""", "wrong_type")]
    [InlineData("""{"v":5}""", "[0, 10)")]
    public void Numbers_in_strings_have_bins_where_they_are_read(string json, string bin) =>
        Assert.Equal(bin, Bin(json, "v", new NumericBinning([0, 10, 20]) { ReadsTextNumbers = true }));

    [Theory]
    [InlineData("5", "[0, 10)")]
    [InlineData(" 5", "[0, 10)")]
    [InlineData("5\t", "[0, 10)")]
    [InlineData(".5", "[0, 10)")]
    [InlineData("5.", "[0, 10)")]
    [InlineData("+5", "[0, 10)")]
    [InlineData("-.5", "below")]
    [InlineData("+.5e1", "[0, 10)")]
    [InlineData("5.e0", "[0, 10)")]
    [InlineData("007", "[0, 10)")]
    [InlineData("0015.0", "[10, 20]")]
    [InlineData("nan", "nan")]
    [InlineData("+Inf", "above")]
    [InlineData("-infinity", "below")]
    [InlineData("", "missing")]
    [InlineData("  ", "missing")]
    [InlineData(".", "wrong_type")]
    [InlineData("+", "wrong_type")]
    [InlineData("+-5", "wrong_type")]
    [InlineData("5 5", "wrong_type")]
    [InlineData(".e5", "wrong_type")]
    [InlineData("5e", "wrong_type")]
    [InlineData("0x10", "wrong_type")]
    [InlineData("1.2.3", "wrong_type")]
    public void A_cell_s_number_has_a_bin_in_any_common_spelling(string cell, string bin) => Assert.Equal(bin, Cell(cell, Numbers));

    [Fact]
    public void Equal_numbers_in_cells_are_one_category_only_in_a_field_of_numbers()
    {
        var numbers = new CategoricalBinning(["17", "1.10"], areNumberLabels: true);
        var texts = new CategoricalBinning(["17", "1.10"]);

        Assert.Equal(["17", "1.1"], numbers.Values);
        Assert.All(["17", "17.0", " 17", "+17", "1.7e1", "17."], cell => Assert.Equal("17", Cell(cell, numbers)));
        Assert.All(["1.1", "1.10"], cell => Assert.Equal("1.1", Cell(cell, numbers)));
        Assert.All(["017", "17a", "1.11"], cell => Assert.Equal("unseen", Cell(cell, numbers)));
        Assert.Equal("17", Cell("17", texts));
        Assert.Equal("1.10", Cell("1.10", texts));
        Assert.All(["17.0", " 17", "1.1"], cell => Assert.Equal("unseen", Cell(cell, texts)));
        Assert.All([" ", ""], cell => Assert.Equal("missing", Cell(cell, texts)));
    }

    [Theory]
    [InlineData("""{"a":{"b":[{"c":5},{"c":15}]}}""", "a.b[1].c", "[10, 20]")]
    [InlineData("""{"a":{"b":[{"c":5}]}}""", "a.b[1].c", "missing")]
    [InlineData("""{"a":{"b":{"c":5}}}""", "a.b[1].c", "missing")]
    [InlineData("""{"a":5}""", "a.b", "missing")]
    [InlineData("""[[1,15]]""", "[0][1]", "[10, 20]")]
    [InlineData("""{"a":{"b":5,"c":1},"a":{"c":2}}""", "a.b", "missing")] // the last `a` has no b
    [InlineData("""{"x":{"a":{"b":5}},"a":{"b":15}}""", "a.b", "[10, 20]")]
    [InlineData("""{"a":{"b":5},"a.b":15}""", "[\"a.b\"]", "[10, 20]")]
    [InlineData("""{"a":{"b":5},"a.b":15}""", "a[\"b\"]", "[0, 10)")]
    [InlineData("""{"labels":{"app.kubernetes.io/name":15}}""", "labels[\"app.kubernetes.io/name\"]", "[10, 20]")]
    [InlineData("""{"Temp [C]":[{"x":5},{"x":15}]}""", "[\"Temp [C]\"][1].x", "[10, 20]")]
    [InlineData("""{"a\"b]\\":15}""", "[\"a\\\"b]\\\\\"]", "[10, 20]")]
    [InlineData("""{"":15}""", "[\"\"]", "[10, 20]")]
    [InlineData("""{" a":15,"a":5}""", "[\" a\"]", "[10, 20]")]
    [InlineData("""{"specversion":"1.0","data":{"x":15}}""", "data.x", "[10, 20]")] // CloudEvents, structured
    [InlineData("""{"specversion":"1.0","datacontenttype":"APPLICATION/JSON","data":null}""", "data.x", "missing")]
    [InlineData("""{"specversion":"1.0","data_base64":"eyJ4IjoxNX0="}""", "data.x", "missing")]
    [InlineData("""{"x":15}""", "data.x", "missing")] // binary mode, read by a monitor of the other
    public void A_path_leads_to_nested_fields_and_array_elements(string json, string path, string bin) =>
        Assert.Equal(bin, Bin(json, path, Numbers));

    [Theory]
    [InlineData("Temperature[C]")]
    [InlineData("a[0]")]
    [InlineData("x.")]
    [InlineData("Day-ahead Price [EUR/MWh]")]
    [InlineData("PM2.5")]
    [InlineData(" padded ")]
    [InlineData("[\"x")]
    public void A_column_of_CSV_is_named_as_it_stands(string column)
    {
        var decoder = new EventDecoder([FieldPath.PathOrColumn(column)]);
        var value = "1,15"u8.ToArray();

        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value, Header = new CsvHeader(["id", column]) }));
        Assert.Equal("[10, 20]", Numbers.Label(decoder.BinOf(0, Numbers, value)));
    }

    [Fact]
    public void A_quoted_name_is_that_of_a_column_unless_a_column_is_called_so_with_its_quotes()
    {
        var decoder = new EventDecoder([FieldPath.Parse("[\"PM2.5\"]")]);
        var value = "5,15"u8.ToArray();

        decoder.Decode(new RawEvent { Value = value, Header = new CsvHeader(["id", "PM2.5"]) });
        Assert.Equal("[10, 20]", Numbers.Label(decoder.BinOf(0, Numbers, value)));
        decoder.Decode(new RawEvent { Value = value, Header = new CsvHeader(["[\"PM2.5\"]", "PM2.5"]) });
        Assert.Equal("[0, 10)", Numbers.Label(decoder.BinOf(0, Numbers, value)));
    }

    [Fact]
    public void A_name_that_is_no_path_is_refused_where_events_are_JSON()
    {
        var decoder = new EventDecoder([FieldPath.PathOrColumn("Temp [C]")]);

        Assert.Equal(
            "the events are JSON, and the field \"Temp [C]\" has brackets without an index or a quoted name at character 6: "
                + "write a[0], or [\"Temp [C]\"] for a key of that name",
            Assert.Throws<SourceException>(() => decoder.Decode(new RawEvent { Value = "{}"u8 })).Message);
    }

    [Theory]
    [InlineData("", Rejection.Empty)]
    [InlineData(" \t\r", Rejection.Empty)]
    [InlineData("{", Rejection.Malformed)]
    [InlineData("""{"v":5,"c":"U""", Rejection.Malformed)]
    [InlineData("""{"v":5}}""", Rejection.Malformed)]
    [InlineData("""{"v":5} {"v":6}""", Rejection.Malformed)]
    [InlineData("""{"v":05}""", Rejection.Malformed)]
    [InlineData("""{'v':5}""", Rejection.Malformed)]
    [InlineData("""{"v":5,}""", Rejection.Malformed)]
    [InlineData("""{"v":5 /* a comment */}""", Rejection.Malformed)]
    public void What_is_no_event_is_rejected_with_the_reason(string json, Rejection reason) =>
        Assert.Equal(reason, new EventDecoder([FieldPath.Parse("v")]).Decode(new RawEvent { Value = Encoding.UTF8.GetBytes(json) }));

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_malformed_also_where_nobody_looks()
    {
        byte[] value = [.. "{\"v\":5,\"note\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.Equal(Rejection.Malformed, new EventDecoder([FieldPath.Parse("v")]).Decode(new RawEvent { Value = value }));
    }

    [Theory]
    [InlineData(64, Rejection.None)]
    [InlineData(65, Rejection.Malformed)]
    [InlineData(10_000, Rejection.Malformed)]
    public void Nesting_is_bounded(int depth, Rejection expected)
    {
        var json = new string('[', depth) + new string(']', depth);
        Assert.Equal(expected, new EventDecoder([FieldPath.Parse("v")]).Decode(new RawEvent { Value = Encoding.UTF8.GetBytes(json) }));
    }

    [Property]
    public Property No_bytes_make_the_decoder_throw_and_it_accepts_what_a_document_parser_accepts() => Prop.ForAll(Noise, bytes =>
    {
        var decoder = new EventDecoder([FieldPath.Parse("v"), FieldPath.Parse("a.b[0]"), FieldPath.Parse("time")]);
        var rejection = decoder.Decode(new RawEvent { Value = bytes });
        foreach (var field in (int[])[0, 1, 2])
        {
            _ = decoder.TimeOf(field, null, bytes);
            var bin = decoder.BinOf(field, Numbers, bytes);
            var category = decoder.BinOf(field, Carriers, bytes);
            if (bin < 0 || bin >= Numbers.Count || category < 0 || category >= Carriers.Count)
            {
                return false;
            }
        }

        return rejection is Rejection.None == IsJson(bytes);
    });

    [Fact]
    public void What_stands_behind_the_last_element_that_is_asked_for_must_be_JSON_all_the_same()
    {
        Assert.Equal("[0, 10)", Bin("""{"a":[1,5,[{"b":[2]}],"x"],"v":15}""", "a[1]", Numbers));
        Assert.All((string[])["""{"a":[1,5,6""", """{"a":[1,5,6,]}""", """{"a":[1,5,{"b":[2}]]}""", """{"a":[1,5,06]}"""], json =>
            Assert.Equal(
                Rejection.Malformed,
                new EventDecoder([FieldPath.Parse("a[1]")]).Decode(new RawEvent { Value = Encoding.UTF8.GetBytes(json) })));
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var decoder = new EventDecoder([.. new[] { "time", "carrier", "dep_delay", "flight" }.Select(FieldPath.Parse)]);
        byte[] value =
        [
            .. """{"time":"2013-01-01T10:17:00Z","scheduled":"2013-01-01T10:15:00Z","carrier":"U\u0041","""u8,
            .. """ "flight":1.2e1,"dep_delay":2.5,"distance":1400}"""u8,
        ];
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Read();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Read()
        {
            decoder.Decode(new RawEvent { Value = value });
            _ = decoder.TimeOf(0, null, value);
            _ = decoder.BinOf(1, Carriers, value);
            _ = decoder.BinOf(2, Numbers, value);
            _ = decoder.BinOf(3, Carriers, value);
        }
    }

    // JSON and near-JSON: fragments put together, some bytes then changed.
    private static Arbitrary<byte[]> Noise { get; } = (
        from fragments in Gen.Elements(
            "{", "}", "[", "]", ",", ":", "\"v\"", "\"a\"", "\"b\"", "\"time\"", "\"\\ud800\"", "{\"\\ud800\":1}", "\"\\u00e9\"",
            "1", "-1.5e3", "1e999", "null", "true", "\"2013-02-30\"",
            "{\"v\":1}", "{\"a\":{\"b\":[1]}}", "{\"v\":\"x\",\"time\":1e11}", " ", "\n", "\"\\", "é").ListOf()
        from changes in Gen.Zip(Gen.Choose(0, 60), Gen.Choose(0, 255)).ListOf(2)
        from isChanged in Gen.Elements(true, false, false)
        select Change(Encoding.UTF8.GetBytes(string.Concat(fragments)), isChanged ? changes : [])).ToArbitrary();

    private static byte[] Change(byte[] bytes, IEnumerable<(int At, int To)> changes)
    {
        foreach (var (at, to) in changes.Where(change => change.At < bytes.Length))
        {
            bytes[at] = (byte)to;
        }

        return bytes;
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            JsonDocument.Parse(bytes).Dispose();
            return true;
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return false;
        }
    }

    private static string Cell(string cell, FieldBinning binning)
    {
        var decoder = new EventDecoder([FieldPath.Parse("v")]);
        var value = Encoding.UTF8.GetBytes($"1,{cell}");
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value, Header = new CsvHeader(["id", "v"]) }));
        return binning.Label(decoder.BinOf(0, binning, value));
    }

    private static string Bin(string json, string path, FieldBinning binning)
    {
        var decoder = new EventDecoder([FieldPath.Parse(path)]);
        var value = Encoding.UTF8.GetBytes(json);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value }));
        return binning.Label(decoder.BinOf(0, binning, value));
    }
}
