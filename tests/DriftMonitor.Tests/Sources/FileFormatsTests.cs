using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Tests.Sources;

/// <summary>What people's files look like: read where the header makes it certain, else refused with the remedy.</summary>
public sealed class FileFormatsTests : IDisposable
{
    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("t,v\n1,a\n2,b\n", "a b")]
    [InlineData("t;v\n1;a\n2;b\n", "a b")]
    [InlineData("t\tv\n1\ta\n2\tb\n", "a b")]
    [InlineData("t|v\r\n1|a\r\n2|b\r\n", "a b")]
    [InlineData("sep=;\nt;v\n1;a,b\n2;c\n", "a,b c")]
    [InlineData("\"sep=\t\"\r\nt\tv\r\n1\ta\r\n", "a")]
    [InlineData("sep=^\nt^v\n1^a,b\n", "a,b")]
    [InlineData("SEP=,\nt,v\n1,a;b\n", "a;b")]
    [InlineData("a;b,v\n1;2,x\n3;4,y\n5,z\n", "x y z")] // a semicolon in a name: the rows have two cells at commas only
    [InlineData("t;a, b;v\n1;2,5;x\n2;3;y\n", "x y")] // a comma in a name: the rows have three cells at semicolons only
    [InlineData("t;v\n1;\"a;\"\"b\"\"\nc\"\n", "a;\"\"b\"\"\nc")]
    [InlineData("v;;\n1;;\n2;;\n", "1 2")] // separators at the end, in header and rows
    [InlineData("t,v\n1,2,\n3,4,\n", "2 4")] // in the rows only
    [InlineData("t,v,\n1,2\n3,4,\n", "2 4")] // in the header only
    [InlineData("t,v,,\n1,2,,,,\n", "2")]
    [InlineData("t, v\n1, a\n2,  b c \n", "a b c")]
    [InlineData("t , v\n1 , a\n2,b\n", "a b")]
    [InlineData("t ,v\n1 ,a\n2,b \n", "a b")]
    [InlineData("\"t\", \"v\"\n1, \"a, b\"\n2, \"c\nd\" \n", "a, b c\nd")]
    [InlineData("t , v ,\n1 , a,\n", "a")]
    [InlineData("# made by a tool, version 1\n#\n\nt,v\n1,a\n# the rest, is later, again\n2,b\n", "a b")]
    [InlineData("t,v\n1,a\n# a remark\n2,b\n#3,c\n", "a b c")] // a row of as many cells is one
    [InlineData("v\n#a\n#b\n", "#a #b")]
    [InlineData("#t,v\n1,a\n", "a")]
    [InlineData("# t and v\nv\n1\n", "1")]
    [InlineData("v\n", "")]
    public void The_cells_of_a_column_are_found_however_they_are_separated(string text, string values)
    {
        foreach (var name in new[] { "x.csv", "x", "x.tsv.gz", "x.csv.zst" })
        {
            Assert.Equal(values, string.Join(' ', Column(_folder.Write(name, text), "v").Select(cell => cell.Text)));
        }
    }

    [Theory]
    [InlineData("a, b,c\n1,2,3\n", " b", "2")] // not after every separator
    [InlineData("a,\" b\",c\n1, 2,3\n", " b", " 2")]
    [InlineData(" a,b\n1,2\n", " a", "1")]
    public void Blanks_belong_to_names_and_cells_if_they_do_not_follow_every_separator(string text, string column, string cell) =>
        Assert.Equal(cell, Assert.Single(Column(_folder.Write("x.csv", text), column)).Text);

    [Theory]
    [InlineData("d;v\n1;13,6\n2;13\n3;-0,5\n4;+1,5e3\n", "13.6 13 -0.5 1500")]
    [InlineData("d;v\n1;1,5\n2;1.500\n3;1.234,5\n4;1,2,3\n", "- - - -")] // 1.500 may be 1500
    [InlineData("d;v\n1;1.5\n2;1,234\n3;4\n", "- - 4")] // 1,234 may be 1234
    [InlineData("d;v\n0,5;3\n1,5;4\n", "3 4")]
    [InlineData("d;v\n18.30;1,5\n18.45;2,5\n", "1.5 2.5")] // each column for itself
    [InlineData("d;v\n1;\"2,5\"\n", "2.5")]
    [InlineData("d,v\n1,\"2,5\"\n", "-")] // at commas, a comma is no decimal mark
    [InlineData("d\tv\n1\t2,5\n", "-")]
    public void Decimal_commas_are_read_where_the_separator_is_a_semicolon(string text, string numbers) =>
        Assert.Equal(numbers, string.Join(' ', Column(_folder.Write("x.csv", text), "v").Select(cell => cell.Number ?? "-")));

    [Fact]
    public void A_decimal_mark_that_the_first_rows_do_not_show_may_be_either_until_a_column_shows_it()
    {
        var whole = string.Concat(Enumerable.Repeat("1;2;3\n", 40));
        Assert.Equal(["2.5", "3.5"], Last("a;v;w\n", "1;2,5;3\n1;3.5;3\n"));
        Assert.Equal(["2.5", null], Last("a;v;w\n0,5;2;3\n", "1;2,5;3\n1;3.500;3\n"));
        Assert.Equal([null, "3.5"], Last("a;v;w\n0.5;2;3\n", "1;2,500;3\n1;3.5;3\n"));

        IEnumerable<string?> Last(string top, string bottom) =>
            Column(_folder.Write("x.csv", top + whole + bottom), "v").TakeLast(2).Select(cell => cell.Number);
    }

    [Fact]
    public void Semicolons_decimal_commas_empty_columns_at_the_end_and_carriage_returns_are_a_file_of_an_air_sensor()
    {
        var path = _folder.Write(
            "air.csv", "Date;Time;NO2(GT);T;AH;;\r\n11/04/2004;07.00.00;1,9;21,4;0,8;;\r\n11/04/2004;08.00.00;-200;9;0,7;;\r\n");
        Assert.Equal(["21.4", "9"], Column(path, "T").Select(cell => cell.Number));
        Assert.Equal(["1.9", "-200"], Column(path, "NO2(GT)").Select(cell => cell.Number));
    }

    [Theory]
    [InlineData("a,b,c\n1,2\n3,4\n",
        "row 2 has 2 cells, but the header in row 1 has 3 columns separated by commas: give each row as many cells as the header, quote "
        + "cells that contain the separator, or write another separator into the first line, as sep=;")]
    [InlineData("# x\nv\n1,5\n2,5\n",
        "row 3 has 2 cells, but the header in row 2 has 1 column: if a cell contains a separator, quote it; if the rows have several "
        + "columns, name them all in the header")]
    [InlineData("a,b\n1,\"2\"x\n",
        "row 2 has a quote that is not closed, or that text follows: quote the whole cell, and double the quotes in it")]
    [InlineData("a;b,c\n1;2,3\n",
        "row 1 can be divided at commas (2 cells) or at semicolons (2 cells): write the separator into the first line, as sep=;")]
    [InlineData("# t,v\n1,2\n3,4\n",
        "row 1 begins with # and has as many cells (2) as row 2: if it is the header, remove the #; if it is a comment, remove the row")]
    [InlineData("\n\n", "the first row is not a CSV header: it must name the columns")]
    [InlineData(",,\n1,2,3\n", "the first row is not a CSV header: it must name the columns")]
    [InlineData("sep=;\n", "the first row is not a CSV header: it must name the columns")]
    public void A_file_whose_cells_are_not_certain_is_refused(string text, string message)
    {
        var path = _folder.Write("x.csv", text);
        Assert.Equal($"{path}: {message}", Assert.Throws<SourceException>(() => Column(path, "v")).Message);
    }

    [Fact]
    public void A_row_with_other_cells_among_good_ones_is_rejected_alone_and_its_fault_is_described()
    {
        var path = _folder.Write("x.csv", "a,b\n1,2\n1\n1,2,3\n1,\"2\"x\n3,4\n");
        using var source = new FileSource([path], 1000, () => Stream.Null);
        var events = new EventCursor(source);
        var decoder = new EventDecoder([FieldPath.OfColumn("b")]);
        var faults = new List<string>();
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                faults.Add(decoder.Decode(raw) == Rejection.None ? "" : CsvRows.DescribeFault(raw.Value, raw.Header!));
            }
        }

        Assert.Equal(
            ["", "has 1 cell where the header has 2", "has 3 cells where the header has 2",
                "has a quote that is not closed, or that text follows", ""],
            faults);
    }

    [Theory]
    [InlineData("FFFE6100", "UTF-16 text: convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8")]
    [InlineData("FEFF0061", "UTF-16 text: convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8")]
    [InlineData("FFFE000061000000", "UTF-32 text: convert it to UTF-8, for example with iconv -f UTF-32 -t UTF-8")]
    [InlineData("61002C006200", "UTF-16 text without a byte order mark: convert it to UTF-8, for example with iconv -f UTF-16LE -t UTF-8")]
    [InlineData("0061002C0062", "UTF-16 text without a byte order mark: convert it to UTF-8, for example with iconv -f UTF-16BE -t UTF-8")]
    [InlineData("00000000", "binary data, not text: give a CSV or NDJSON file")]
    [InlineData("425A683931415926", "compressed with bzip2: decompress it first, for example with bzip2 -d")]
    [InlineData("FD377A585A000004", "compressed with xz: decompress it first, for example with xz -d")]
    [InlineData("04224D186440", "compressed with lz4: decompress it first, for example with lz4 -d")]
    [InlineData("504B0304140000", "a ZIP archive: extract a CSV or NDJSON file from it; if it is an Excel workbook, save it as CSV")]
    [InlineData("377ABCAF271C00", "a 7z archive: extract a CSV or NDJSON file from it")]
    [InlineData("5041523115041500", "a Parquet file: convert it to CSV, or to one JSON object per line")]
    [InlineData("4F626A0104", "an Avro file: convert it to CSV, or to one JSON object per line")]
    public void A_format_that_is_not_read_is_named(string bytes, string message)
    {
        foreach (var name in new[] { "x.csv", "x.ndjson", "x" })
        {
            var path = _folder.Write(name, Convert.FromHexString(bytes));
            Assert.Equal($"{path} is {message}", Assert.Throws<SourceException>(() => Column(path, "v")).Message);
        }

        var zipped = _folder.Write("x.gz", InputFolder.Gzip(Convert.FromHexString(bytes)));
        Assert.Equal($"{zipped} is {message}", Assert.Throws<SourceException>(() => Column(zipped, "v")).Message);
    }

    [Theory]
    [InlineData("x.xml", "<?xml version=\"1.0\"?>\n<a/>\n", "is XML or HTML: convert it to CSV, or to one JSON object per line")]
    [InlineData("x.csv", "\n<!DOCTYPE html>\n<p>404</p>\n", "is XML or HTML: convert it to CSV, or to one JSON object per line")]
    [InlineData("x.json", "[\n{\"v\":1},\n{\"v\":NaN}\n]\n", "is one JSON array, but each event must be a line: ")]
    [InlineData("x.json", "[{\"v\":1},\n{\"v\":2}]\n", "is one JSON array, but each event must be a line: ")]
    [InlineData("x", "[ {\"v\":1}\n,{\"v\":2} ]", "is one JSON array, but each event must be a line: ")]
    [InlineData("x.json", "{\n  \"v\": 1\n}\n{\n  \"v\": 2\n}\n", "has JSON objects of several lines, but each event must be one: ")]
    [InlineData("x.json", "{\"v\":1,\n\"w\":2}\n", "has JSON objects of several lines, but each event must be one: ")]
    [InlineData("x.csv", "{\"v\":1}\n{\"v\":2}\n", "contains JSON, not CSV as its name says: rename it to .ndjson")]
    public void Another_structure_is_named(string name, string text, string message)
    {
        var path = _folder.Write(name, text);
        Assert.StartsWith($"{path} {message}", Assert.Throws<SourceException>(() => Column(path, "v")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,{\"v\":1}]\n[2,{\"v\":2}]\n", 2)] // an array per line is an event
    [InlineData("{\"v\":1\n{\"v\":2}\n", 2)] // a first line that is cut off
    [InlineData("{\"v\":1}x\n{\"v\":2}\n", 2)]
    [InlineData("<DATE>,<OPEN>\n1,2\n", 1)]
    public void What_only_looks_like_another_structure_is_read(string text, int events) =>
        Assert.Equal(events, Column(_folder.Write("x", text), "v").Count);

    [Fact]
    public void A_long_array_of_a_file_is_noticed_from_its_beginning()
    {
        var element = "{\"v\":\n1},";
        var path = _folder.Write("x.json", $"[{string.Concat(Enumerable.Repeat(element, 40_000))}{{}}]");
        Assert.Contains("is one JSON array", Assert.Throws<SourceException>(() => Column(path, "v")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_Latin_1_is_refused_with_the_share_that_would_be_lost()
    {
        var rows = string.Concat(Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? "1,Chile\n" : "2,Perú\n"));
        var path = _folder.Write("x.csv", Encoding.Latin1.GetBytes("id,country\n" + rows));
        Assert.Equal(
            $"{path} is not UTF-8: 20 of the first 31 rows would be lost, the first is row 3: if it is in Latin-1 or Windows-1252, convert "
            + "it, for example with iconv -f WINDOWS-1252 -t UTF-8",
            Assert.Throws<SourceException>(() => Column(path, "country")).Message);
        Assert.Equal(300, Column(_folder.Write("y.csv", "id,country\n" + rows), "country").Count);
    }

    [Theory]
    [InlineData("Größe,v\n1,2\n", "the header in row 1 is not UTF-8: ")]
    [InlineData("w,v\nü,1\nä,2\na,3\n", " is not UTF-8: 2 of the first 4 rows would be lost, the first is row 2: ")]
    public void A_short_file_in_Latin_1_is_refused_too(string text, string message)
    {
        var path = _folder.Write("x.csv", Encoding.Latin1.GetBytes(text));
        Assert.Contains(message, Assert.Throws<SourceException>(() => Column(path, "v")).Message, StringComparison.Ordinal);
    }

    [Theory] // Damaged rows of a UTF-8 file are rejected, each alone.
    [InlineData(1, false)]
    [InlineData(100, true)]
    public void A_few_damaged_rows_are_rejected_and_told_at_the_end(int damaged, bool hasAccents)
    {
        var good = hasAccents ? "Perú" : "Peru";
        byte[] bytes =
        [
            .. Encoding.UTF8.GetBytes("v\n" + string.Concat(Enumerable.Repeat(good + "\n", 200))),
            .. Enumerable.Repeat<byte[]>([0xff, (byte)'\n'], damaged).SelectMany(row => row),
        ];
        using var source = new FileSource([_folder.Write("x.csv", bytes)], 1000, () => Stream.Null);
        Assert.Equal(200 + damaged, Drain(source, "v").Count);
        Assert.Contains($": {damaged} of {201 + damaged} rows are not UTF-8 and count as malformed, the first is row 202: ",
            Assert.Single(source.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Zstd_is_read_in_frames_of_any_number_and_a_file_that_is_cut_off_is_told()
    {
        byte[] Lines(int from) => Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(from, 5000).Select(i => $"{{\"v\":{i * 7919L % 10007}}}\n")));
        var whole = InputFolder.Zstd(Lines(0)).Concat(InputFolder.Zstd(Lines(5000))).ToArray();
        Assert.Equal(10_000, Column(_folder.Write("x.zst", whole), "v").Count);

        var cut = _folder.Write("cut.ndjson.zst", whole[..(whole.Length / 4)]);
        Assert.Matches(
            "the zstd data is corrupt after line [0-9]+: check that the file is complete$",
            Assert.Throws<SourceException>(() => Column(cut, "v")).Message);
        var broken = whole.ToArray();
        broken[whole.Length / 4] ^= 0xff;
        Assert.Contains(
            "the zstd data is corrupt",
            Assert.Throws<SourceException>(() => Column(_folder.Write("broken.zst", broken), "v")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-", "t;v\n1;2\n",
        "standard input was read as CSV, because its first line is not JSON: its header is row 1, with 2 columns separated by semicolons "
        + "(t, v)")]
    [InlineData("-", "oops {\"v\":1}\n{\"v\":1}\n",
        "standard input was read as CSV, because its first line is not JSON: its header is row 1, with 1 column (oops {\"v\":1})")]
    [InlineData("x.json", "t,v\n1,2\n",
        "x.json was read as one JSON object per line, because of its name, but its first line is not JSON: \"t,v\"")]
    [InlineData("x.json", "[{\"v\":1},{\"v\":2}]\n", "x.json is one JSON array in one line: if its elements are the events, ")]
    public void A_file_tells_what_it_was_read_as_if_it_may_be_something_else(string name, string text, string note)
    {
        var path = name == "-" ? name : _folder.Write(name, text);
        using var source = new FileSource([path], 1000, () => new MemoryStream(Encoding.UTF8.GetBytes(text)));
        Drain(source, "v");
        Assert.StartsWith(note, Assert.Single(source.Notes).Replace(_folder.Path + "/", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-", "{\"v\":1}\nx\n")]
    [InlineData("x.csv", "v\n1\n")]
    [InlineData("x", "\n[{\"v\":1}]\n{\"v\":1}\n")]
    public void There_is_nothing_to_tell_where_there_is_no_doubt(string name, string text)
    {
        var path = name == "-" ? name : _folder.Write(name, text);
        using var source = new FileSource([path], 1000, () => new MemoryStream(Encoding.UTF8.GetBytes(text)));
        Drain(source, "v");
        Assert.Empty(source.Notes);
    }

    [Theory]
    [InlineData("t;v\n1;2,5\n2;3\n")]
    [InlineData("# c\nt, v\n1, \"2\n3\"\n")]
    public void What_a_pipe_gives_a_byte_at_a_time_is_read_like_a_file(string text)
    {
        text += string.Concat(Enumerable.Repeat(text[^4..], 100));
        var file = Column(_folder.Write("x", text), "v");
        using var source = new FileSource(["-"], 1000, () => new Dribble(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(file, Drain(source, "v"));
    }

    private static List<(string Text, string? Number)> Column(string path, string column)
    {
        using var source = new FileSource([path], 1_000_000, () => Stream.Null);
        return Drain(source, column);
    }

    private static List<(string Text, string? Number)> Drain(FileSource source, string column)
    {
        var events = new EventCursor(source);
        var decoder = new EventDecoder([FieldPath.OfColumn(column)]);
        var cells = new List<(string, string?)>();
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                var isRead = decoder.Decode(raw) == Rejection.None;
                var text = isRead ? Encoding.UTF8.GetString(decoder[0].In(raw.Value)) : "rejected";
                var number = isRead && decoder.TryGetNumber(decoder[0], raw.Value, readsText: false, out var found)
                    ? found.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : null;
                cells.Add((text, number));
            }
        }

        return cells;
    }
}
