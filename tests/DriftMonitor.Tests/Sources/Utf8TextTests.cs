using System.Text;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Sources;

/// <summary>Text in UTF-8 from files and pipes: what is no text is an error with its place, never replaced.</summary>
public sealed class Utf8TextTests : IDisposable
{
    private const int ABuffer = 32 * 1024;

    private readonly InputFolder _folder = new();

    [Fact]
    public void A_text_is_the_same_however_it_comes_and_is_asked_for() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(),
        Gen.Choose(1, 5).ToArbitrary(),
        (drawn, atOnce) =>
        {
            var text = string.Concat(drawn.Get.EnumerateRunes()).Replace("\0", "", StringComparison.Ordinal); // no unpaired surrogates
            using var reader = Utf8Text.Open("-", () => new Dribble(Encoding.UTF8.GetBytes(text)));
            return (Read(reader, atOnce) == text).Label(text);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_character_may_lie_across_the_end_of_a_buffer()
    {
        foreach (var before in Enumerable.Range(ABuffer - 5, 10))
        {
            var text = new string('a', before) + "日👍ß" + new string('b', ABuffer);
            using var reader = Utf8Text.Open(_folder.Write("text.txt", text), Stdin);
            Assert.Equal(text, reader.ReadToEnd());
        }
    }

    [Theory]
    [InlineData("text.txt")]
    [InlineData("text.txt.gz")]
    [InlineData("text.txt.zst")]
    public void A_file_may_be_compressed_and_begin_with_a_byte_order_mark(string name)
    {
        using var reader = Utf8Text.Open(_folder.Write(name, "\uFEFFgrün\nund blau"), Stdin);
        Assert.Equal('g', reader.Peek());
        Assert.Equal('g', reader.Read());
        Assert.Equal("rün", reader.ReadLine());
        Assert.Equal("und blau", reader.ReadToEnd());
        Assert.Equal((-1, -1, 0), (reader.Peek(), reader.Read(), reader.Read(new char[1])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_file_without_a_character_is_an_empty_text(string content)
    {
        using var reader = Utf8Text.Open(_folder.Write("empty.txt", content), Stdin);
        Assert.Equal("", reader.ReadToEnd());
    }

    // Their first bytes are those of another format.
    [Theory]
    [InlineData("ORCHARDS in bloom")]
    [InlineData("PAR1 is a name")]
    [InlineData("<!doctype html><p>text")]
    public void Text_that_begins_like_another_format_is_text(string text)
    {
        using var reader = Utf8Text.Open(_folder.Write("text", text), Stdin);
        Assert.Equal(text, reader.ReadToEnd());
    }

    public static TheoryData<byte[], string> NoText => new()
    {
        { Latin1("one\ntwo\ncafé au lait"), "not UTF-8: byte 11 (0xE9), in line 3, is part of no character: convert the file, for example "
            + "with iconv -f LATIN1 -t UTF-8, or leave it out" },
        { [.. "abc "u8, 0xe2, 0x82], "not UTF-8: byte 4 (0xE2), in line 1, is part of no character" },
        { [.. "abc "u8, 0xed, 0xa0, 0x80], "not UTF-8: byte 4 (0xED), in line 1" }, // half of a surrogate pair
        { [.. "\uFEFFabc"u8, 0xff], "not UTF-8: byte 6 (0xFF), in line 1" },
        { [.. Enumerable.Repeat((byte)'\n', 3 * ABuffer), 0xff], "not UTF-8: byte 98304 (0xFF), in line 98305" },
        { "a\0b"u8.ToArray(), "binary data, not text: byte 1 is 0: give text in UTF-8, or leave the file out" },
        { [.. Enumerable.Repeat((byte)'a', 3 * ABuffer), 0], "binary data, not text: byte 98304 is 0" },
        { [.. "BZh91AY&SY"u8, 0xff], "compressed with bzip2: decompress it first, for example with bzip2 -d" },
        { [.. "%PDF-1.4\n%"u8, 0xe2, 0xe3], "a PDF document: give text in UTF-8, or leave the file out" },
        { [.. "PK"u8, 3, 4, 0x14, 0, 0], "a ZIP archive: give text in UTF-8, or leave the file out" },
        { Encoding.Unicode.GetBytes("hello"), "UTF-16 text without a byte order mark: convert it to UTF-8, for example with iconv" },
        { [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("hi")], "UTF-16 text: convert it to UTF-8" },
    };

    [Theory]
    [MemberData(nameof(NoText))]
    public void What_is_no_text_in_UTF_8_is_refused_with_its_place(byte[] bytes, string reason)
    {
        var path = _folder.Write("input", bytes);
        AssertRefused($"{path} is {reason}", () => Utf8Text.Open(path, Stdin));
        AssertRefused($"standard input is {reason}", () => Utf8Text.Open("-", () => new Dribble(bytes)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_an_error()
    {
        AssertRefused("cannot read none.txt: there is no such file", () => Utf8Text.Open("none.txt", Stdin));
        var cut = _folder.Write("cut.gz", InputFolder.Gzip("some text"u8.ToArray())[..12]);
        AssertRefused($"{cut}: the gzip data is corrupt after line 0: check that the file is complete", () => Utf8Text.Open(cut, Stdin));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static Stream Stdin() => throw new IOException("nothing reads standard input");

    private static string Read(TextReader reader, int atOnce)
    {
        var (text, buffer) = (new StringBuilder(), new char[atOnce]);
        for (int read; (read = reader.Read(buffer)) > 0;)
        {
            text.Append(buffer, 0, read);
        }

        return text.ToString();
    }

    private static void AssertRefused(string message, Func<Utf8Text> open)
    {
        var fault = Assert.Throws<SourceException>(() =>
        {
            using var reader = open();
            reader.ReadToEnd();
        });
        Assert.StartsWith(message, fault.Message);
    }
}
