using System.IO.Compression;
using System.Text;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Tests.Sources;

public sealed class FileSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Lines_come_one_after_the_other_over_all_files_plain_and_gzip()
    {
        var plain = Write("a.ndjson", "{\"v\":1}\r\n\n{\"v\":2}\n");
        var zipped = Write("b.ndjson.gz", Gzip("{\"v\":3}\n{\"v\":4}")); // without a last line end
        Assert.Equal(["{\"v\":1}", "", "{\"v\":2}", "{\"v\":3}", "{\"v\":4}"], Read(plain, zipped));
    }

    [Fact]
    public void Gzip_of_several_members_is_one_file() =>
        Assert.Equal(["1", "2"], Read(Write("x.ndjson.gz", [.. Gzip("1\n"), .. Gzip("2\n")])));

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_line() => Assert.Equal(["{}"], Read(Write("x.json", "\uFEFF{}\n")));

    [Fact]
    public void Standard_input_is_read_where_the_path_is_a_dash_also_a_byte_at_a_time_and_gzip()
    {
        using var source = new FileSource(["-"], 1000, () => new Dribble(Gzip("{\"v\":1}\n{\"v\":2}\n")));
        Assert.Equal(["{\"v\":1}", "{\"v\":2}"], Drain(source).Select(row => row.Text));
    }

    [Fact]
    public void How_much_has_been_read_is_told_by_bytes_on_the_disk_and_not_of_what_has_no_length()
    {
        var plain = Write("a.ndjson", string.Concat(Enumerable.Repeat("{\"v\":1}\n", 100_000)));
        var zipped = Write("b.ndjson.gz", Gzip("{\"v\":3}\n"));
        using (var source = new FileSource([plain, zipped], 1000, () => Stream.Null))
        {
            Assert.Equal(0, source.FractionRead);
            var fractions = new List<double>();
            var events = new EventCursor(source);
            while (events.Next(TimeSpan.Zero, out _) != SourceSignal.End)
            {
                fractions.Add(source.FractionRead!.Value);
            }

            Assert.Equal(fractions.Order(), fractions);
            Assert.InRange(fractions[50_000], 0.4, 0.8); // it reads some way ahead
            Assert.Equal(1, fractions[^1]);
        }

        using var piped = new FileSource([plain, "-"], 1000, () => Stream.Null);
        Assert.Null(piped.FractionRead);
    }

    [Fact]
    public void A_line_that_is_too_long_is_told_and_the_next_one_read()
    {
        var rows = Drain(
            new FileSource(
                [Write("x.ndjson", $"1\n{new string('x', 300_000)}\n{new string('y', 1001)}\n{new string('z', 1000)}\n2\n")], 1000,
                () => Stream.Null));
        Assert.Equal([false, true, true, false, false], rows.Select(row => row.IsTooLarge));
        Assert.Equal("2", rows[^1].Text);
    }

    [Theory]
    [InlineData("x.ndjson", "1\n")]
    [InlineData("x.csv", "v\n1\n")]
    public void A_last_line_that_is_too_long_and_has_no_line_end_is_an_event_too(string name, string before)
    {
        var rows = Drain(new FileSource([Write(name, before + new string('x', 100_000))], 1000, () => Stream.Null));
        Assert.Equal([false, true], rows.Select(row => row.IsTooLarge));
    }

    [Fact]
    public void Rows_of_CSV_come_with_their_header_and_may_hold_line_ends()
    {
        var rows = Drain(new FileSource([Write("x.csv", "a,\"b \"\"q\"\"\"\n1,\"x\ny\"\n5\" pipe,2\n\n")], 1000, () => Stream.Null));
        Assert.Equal(["1,\"x\ny\"", "5\" pipe,2", ""], rows.Select(row => row.Text));
        Assert.All(rows, row => Assert.Equal(["a", "b \"q\""], row.Header!.Columns));
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(300_001)]
    public void Quotes_within_an_unquoted_cell_are_its_characters_in_the_header_and_in_a_row_of_many_buffers(int quotes)
    {
        var rows = Drain(new FileSource([Write("x.csv", $"a\"\"b,c\nx{new string('"', quotes)},1\n1,2\n")], 1000, () => Stream.Null));
        Assert.Equal([true, false], rows.Select(row => row.IsTooLarge));
        Assert.Equal("1,2", rows[1].Text);
        Assert.Equal(["a\"\"b", "c"], rows[1].Header!.Columns);
    }

    [Fact]
    public void A_quoted_cell_of_many_buffers_may_hold_line_ends_and_doubled_quotes()
    {
        var rows = Drain(
            new FileSource(
                [Write("x.csv", $"a,b\n1,\"{string.Concat(Enumerable.Repeat("x\n\"\"", 100_001))}\"\n1,2\n")], 1000, () => Stream.Null));
        Assert.Equal([true, false], rows.Select(row => row.IsTooLarge));
        Assert.Equal("1,2", rows[1].Text);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,\"x\n5,6\n7,8\n", 2, "2 lines")]
    [InlineData("a,b\n3,\"x\n5,6", 1, "1 line")]
    [InlineData("a,b\n3,\"\"\"x\n5,6\n\n", 1, "2 lines")]
    public void A_quote_that_is_never_closed_swallows_no_rows_in_silence(string text, int row, string lines)
    {
        var path = Write("x.csv", text);

        Assert.Equal(
            $"{path}: row {row + 1} opens a quote that is never closed, so the {lines} after it would become part of one cell: close the "
                + "quote",
            Assert.Throws<SourceException>(() => Drain(new FileSource([path], 1000, () => Stream.Null))).Message);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,\"x")]
    [InlineData("a,b\n1,2\n3,\"x\n")]
    public void A_last_row_that_was_cut_short_is_one_row(string text) =>
        Assert.Equal(2, Drain(new FileSource([Write("x.csv", text)], 1000, () => Stream.Null)).Count);

    [Theory]
    [InlineData("x.txt", "{\"v\":1}\n", false)]
    [InlineData("x.txt", "v\n1\n", true)]
    [InlineData("x.CSV", "v\n1\n", true)]
    [InlineData("x.jsonl", "v\n1\n", false)]
    [InlineData("datajsonl", "v\n1\n", true)] // no ending without its dot
    public void The_name_or_else_the_first_character_tells_CSV_from_JSON(string name, string text, bool isCsv) =>
        Assert.Equal(isCsv, Drain(new FileSource([Write(name, text)], 1000, () => Stream.Null))[0].Header is not null);

    [Fact]
    public void An_empty_file_has_no_events() =>
        Assert.Empty(Read(Write("x.ndjson", ""), Write("y.csv", ""), Write("z.ndjson.gz", Gzip(""))));

    [Fact]
    public void A_file_that_is_not_there_and_one_that_is_cut_off_are_told_in_one_line()
    {
        Assert.Equal(
            "cannot read nowhere.ndjson: there is no such file", Assert.Throws<SourceException>(() => Read("nowhere.ndjson")).Message);
        var whole = Gzip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"v\":{i * 7919 % 10007}}}\n")));
        var cut = Write("cut.ndjson.gz", whole[..(whole.Length / 2)]);
        Assert.Matches(
            $"^{System.Text.RegularExpressions.Regex.Escape(cut)}: the gzip data is corrupt after line [0-9]+: check that the file is "
                + "complete$",
            Assert.Throws<SourceException>(() => Read(cut)).Message);
    }

    [Fact]
    public void Files_are_one_partition_that_ends()
    {
        using var source = new FileSource([Write("x.ndjson", "1\n")], 1000, () => Stream.Null);
        var events = new EventCursor(source);
        var signals = new List<SourceSignal>();
        do
        {
            signals.Add(events.Next(TimeSpan.Zero, out _));
        }
        while (signals[^1] != SourceSignal.End);
        Assert.Equal([SourceSignal.Partitions, SourceSignal.Event, SourceSignal.PartitionEnded, SourceSignal.End], signals);
        Assert.Equal((0, 1), (source.TopicOf("any"), source.Partitions(0)));
    }

    private string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Gzip(string text)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return zipped.ToArray();
    }

    private static IEnumerable<string> Read(params string[] paths) =>
        Drain(new FileSource(paths, 1000, () => Stream.Null)).Select(row => row.Text);

    private static List<(string Text, bool IsTooLarge, CsvHeader? Header)> Drain(FileSource source)
    {
        using (source)
        {
            var rows = new List<(string, bool, CsvHeader?)>();
            var events = new EventCursor(source);
            while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
            {
                if (signal == SourceSignal.Event)
                {
                    rows.Add((Encoding.UTF8.GetString(raw.Value), raw.IsTooLarge, raw.Header));
                }
            }

            return rows;
        }
    }
}
