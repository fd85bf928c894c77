using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Streaming.Decoding;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Decoding;

/// <summary>The scanner accepts what the library's reader accepts, rejects what it rejects, and finds the same tokens.</summary>
public sealed class JsonScannerTests(ITestOutputHelper output)
{
    private static readonly FieldPath[] Fields =
    [
        .. new[]
        {
            "time", "dep_delay", "carrier", "a", "a.b", "a.b.c", "list[1]", "list[2].x", "[0]", "[1].a", "é",
            "a key that is longer than eight bytes", "origin.code",
        }
            .Select(FieldPath.Parse),
    ];

    private static readonly string[] Events =
    [
        """{"time":"2013-01-01T10:17:00Z","scheduled":"2013-01-01T10:15:00Z","carrier":"UA","flight":1545"""
            + ""","tailnum":"N14228","origin":"EWR","dest":"IAH","dep_delay":2,"arr_delay":11,"air_time":227,"distance":1400}""",
        """{ "time" : 1357034400.001 , "dep_delay" : -12.5e-3, "carrier":null, "a":{"b":{"c":true}}, "list":[1,"two",{"x":3}] }""",
        """{"a":{"b":{"c":1}},"a":2,"a":{"b":false},"dep_delay":1,"dep_delay":"later"}""",
        """[{"a":1},{"a":[1,2,[3]]},"\ud83d\ude00 \u0041\n"]""",
        """{"\u0061":{"\u0062":1},"caf\u00e9":2,"\u00e9":3,"\ud800":4,"a\ud800":5,"\u0061\u00":6}""",
        """{"a key that is longer than eight bytes":0.1234567890123456789"""
            + ""","list":[],"origin":{"code":[{}],"name":{"long":"and \"quoted\""}}}""",
        """{"dep_delay":123456789012345678901234567890,"carrier":1e400,"time":-0.0,"a":9007199254740993,"é":4.9e-324}""",
        """{"\\u0074ime":1,"dep_delay":2,"carri\\u0065r":"UA","a":{"\\u0062":3,"x":4},"é" :5}""",
        """{"dep_delay":NaN,"carrier":[Infinity,-Infinity],"a":{"b":-Infinity}"""
            + ""","list":[NaN,Infinity,{"x":NaN}],"origin":{"code":Infinity}}""",
        """ "only a string" """, "NaN", "-Infinity", "-0", "17", "true", "null", "[]", "{}", "[[[[]]],{}]",
    ];

    private static ReadOnlySpan<byte> Punctuation => "{}[]\",:\\ 019.-eu\n"u8;

    [Fact]
    public void Real_and_odd_events_are_scanned_as_the_reader_reads_them() =>
        Assert.All(Events, text => Agree(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("\"")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1,")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("[1}")]
    [InlineData("{\"a\":1]")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("01")]
    [InlineData("-")]
    [InlineData("-a")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1.e5")]
    [InlineData("1e5.5")]
    [InlineData("tru")]
    [InlineData("truE")]
    [InlineData("falsy")]
    [InlineData("nul")]
    [InlineData("nulll")]
    [InlineData("{} {}")]
    [InlineData("1 1")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\t\"")]
    [InlineData("\"\u007f\"")]
    [InlineData("// c\n1")]
    [InlineData("[1,/* c */2]")]
    [InlineData("\f1")]
    [InlineData("\u00a01")]
    [InlineData("nan")]
    [InlineData("-NaN")]
    [InlineData("NaNs")]
    [InlineData("NaN1")]
    [InlineData("Na")]
    [InlineData("1NaN")]
    [InlineData("+Infinity")]
    [InlineData("Infinit")]
    [InlineData("-Infinit")]
    [InlineData("--Infinity")]
    [InlineData("{NaN:1}")]
    [InlineData("{\"x\":-Inf}")]
    public void What_is_no_JSON_is_malformed_for_both(string text) => Agree(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("NaN", double.NaN)]
    [InlineData("Infinity", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    public void Numbers_that_are_not_finite_are_read_as_Python_writes_them(string token, double number)
    {
        var scanned = Scan(Encoding.UTF8.GetBytes($$"""{"x":{{token}},"y":[{{token}}],"dep_delay":{{token}},"carrier":"UA"}"""))!;

        Assert.Equal((FieldKind.Number, number), (scanned[1].Kind, scanned[1].Number));
        Assert.Equal(FieldKind.Text, scanned[2].Kind);
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Nesting_is_limited_at_the_same_depth(int depth)
    {
        Agree(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)));
        Agree(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
        Agree(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"x\":", depth)) + "1" + new string('}', depth)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("0.1")]
    [InlineData("123456789012345")]
    [InlineData("1234567890123456")]
    [InlineData("99999999999.9999")]
    [InlineData("0.000000000000001")]
    [InlineData("0.0000000000000001")]
    [InlineData("9007199254740993")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("5e-324")]
    [InlineData("2e-324")]
    [InlineData("-1e-400")]
    [InlineData("100000000000000000000000000000000000000")]
    public void A_number_is_the_nearest_double(string number)
    {
        var scanned = Scan(Encoding.UTF8.GetBytes($$"""{"a":{{number}}}"""))!;

        Assert.Equal(
            BitConverter.DoubleToInt64Bits(double.Parse(number, CultureInfo.InvariantCulture)),
            BitConverter.DoubleToInt64Bits(scanned[3].Number));
    }

    [Fact]
    public void Keys_in_another_order_or_left_out_change_no_token()
    {
        var random = new Random(11);
        var scanner = new Scanner();
        for (var i = 0; i < 30_000; i++)
        {
            // Stretches in one order, so that prediction turns on and off.
            string[] keys = ["time", "dep_delay", "carrier", "é", "other", "another key, longer than the others are", "list"];
            if (i / 5000 % 2 == 1)
            {
                random.Shuffle(keys);
                keys = keys[..random.Next(keys.Length + 1)];
            }

            var text = Encoding.UTF8.GetBytes($"{{{string.Join(',', keys.Select(key => $"\"{key}\":{random.Next(1000)}"))}}}");
            scanner.Agrees(text);
        }
    }

    [Fact]
    public void Events_of_many_forms_one_after_the_other_change_no_token()
    {
        var random = new Random(12);
        var scanner = new Scanner();
        var texts = Events.Select(Encoding.UTF8.GetBytes).ToList();
        for (var i = 0; i < 20_000; i++)
        {
            // Mostly the same form again, so that its keys are expected.
            scanner.Agrees(texts[i / 50 % texts.Count]);
            if (random.Next(5) == 0)
            {
                scanner.Agrees(texts[random.Next(texts.Count)]);
            }
        }
    }

    [Fact]
    public void Mutated_events_and_random_bytes_are_scanned_as_the_reader_reads_them() => Fuzz(seed: 20261125, cases: 60_000);

    /// <summary>The long form: <c>make soak</c>.</summary>
    [SoakFact]
    [Trait("Length", "soak")]
    public void A_million_mutated_events_are_scanned_as_the_reader_reads_them() => Fuzz(Environment.TickCount, 1_000_000);

    [FactRequires(Tool.JsonTestSuite)]
    public void The_documents_of_JSONTestSuite_are_accepted_or_rejected_as_their_names_say()
    {
        var (accepted, rejected) = (0, 0);
        foreach (var (name, text) in Documents())
        {
            Agree(text);
            var isAccepted = System.Text.Unicode.Utf8.IsValid(text) && Scan(text) is not null;
            if (name is "n_number_NaN.json" or "n_number_infinity.json" or "n_number_minus_infinity.json")
            {
                Assert.True(isAccepted, name); // the tokens that Python writes
            }
            else if (name.StartsWith('y'))
            {
                Assert.True(isAccepted, name);
                accepted++;
            }
            else if (name.StartsWith('n'))
            {
                Assert.False(isAccepted, name);
                rejected++;
            }
        }

        Assert.Equal((95, 184), (accepted, rejected));
    }

    [FactRequires(Tool.JsonTestSuite)]
    public void Mutations_of_JSONTestSuite_are_scanned_as_the_reader_reads_them()
    {
        var random = new Random(5);
        var documents = Documents().Select(document => document.Text).Where(text => text.Length is > 0 and < 2000).ToList();
        var scanner = new Scanner();
        for (var i = 0; i < 20_000; i++)
        {
            scanner.Agrees(Mutate(documents[random.Next(documents.Count)], documents, random));
        }
    }

    private void Fuzz(int seed, int cases)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        var random = new Random(seed);
        var seeds = Events.Select(Encoding.UTF8.GetBytes).ToList();
        var scanner = new Scanner();
        for (var i = 0; i < cases; i++)
        {
            var text = random.Next(20) == 0 ? Noise(random) : Mutate(seeds[random.Next(seeds.Count)], seeds, random);
            scanner.Agrees(text);
        }
    }

    private static byte[] Noise(Random random)
    {
        ReadOnlySpan<byte> alphabet = "{}[]\",:\\ 0123456789.-+eEtruefalsnNaIity\u0001\t/"u8;
        var noise = new byte[random.Next(40)];
        foreach (ref var one in noise.AsSpan())
        {
            one = random.Next(10) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
        }

        return noise;
    }

    private static byte[] Mutate(byte[] text, List<byte[]> others, Random random)
    {
        var mutated = text.ToList();
        for (var changes = random.Next(4); changes > 0 && mutated.Count > 0; changes--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(6))
            {
                case 0:
                    mutated.RemoveAt(at);
                    break;
                case 1:
                    mutated.Insert(at, Punctuation[random.Next(Punctuation.Length)]);
                    break;
                case 2:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 3:
                    mutated.RemoveRange(at, mutated.Count - at);
                    break;
                case 4:
                    mutated.InsertRange(at, mutated.Skip(random.Next(mutated.Count)).Take(random.Next(30)).ToArray());
                    break;
                default:
                    var other = others[random.Next(others.Count)];
                    mutated.InsertRange(at, other.Take(random.Next(other.Length + 1)));
                    break;
            }
        }

        return [.. mutated];
    }

    private static IEnumerable<(string Name, byte[] Text)> Documents()
    {
        using var file = File.OpenRead(Machine.Find(Tool.JsonTestSuite));
        using var tar = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileName(entry.Name);
            if (entry.DataStream is { } data && name.EndsWith(".json", StringComparison.Ordinal))
            {
                using var text = new MemoryStream();
                data.CopyTo(text);
                yield return (name, text.ToArray());
            }
        }
    }

    private static void Agree(byte[] text) => new Scanner().Agrees(text);

    private static FieldToken[]? Scan(byte[] text) => new Scanner().Scan(text, 0);

    /// <summary>A scanner that keeps what it has learned, over texts that end where memory ends.</summary>
    private sealed class Scanner
    {
        private readonly FieldToken[] _tokens = new FieldToken[Fields.Length];
        private readonly JsonScanner _scanner;

        public Scanner() => _scanner = new JsonScanner(PathNode.Root(Fields), _tokens);

        public FieldToken[]? Scan(ReadOnlySpan<byte> text, int from)
        {
            Array.Clear(_tokens);
            return _scanner.TryScan(text, from) ? _tokens : null;
        }

        public void Agrees(byte[] text)
        {
            var expected = ReaderTwin.Scan(text, 0, Fields);
            var scanned = Scan(EndOfMemory.Copy(text), 0);
            if (!(expected is null ? scanned is null : scanned is not null && expected.AsSpan().SequenceEqual(scanned)))
            {
                var shown = $"{Encoding.UTF8.GetString(text)} ({Convert.ToHexString(text)})";
                Assert.Fail($"expected {Show(expected)} and scanned {Show(scanned)} in {shown}");
            }
        }

        private static string Show(FieldToken[]? tokens) => tokens is null
            ? "malformed"
            : string.Join("; ", tokens
                .Select((token, i) => $"{Fields[i]}: {token}")
                .Where(line => !line.Contains("Missing", StringComparison.Ordinal)));
    }

    /// <summary>Memory whose next page can't be read, so that a read behind the end ends the process.</summary>
    private static unsafe class EndOfMemory
    {
        private const int Size = 1 << 20;
        private static readonly byte* End = Allocate();

        public static ReadOnlySpan<byte> Copy(ReadOnlySpan<byte> text)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, Size);
            var copy = new Span<byte>(End - text.Length, text.Length);
            text.CopyTo(copy);
            return copy;
        }

        private static byte* Allocate()
        {
            var pages = (byte*)NativeMemory.AlignedAlloc(2 * Size, Size);
            if (OperatingSystem.IsLinux() && Protect(pages + Size, Size, 0) != 0)
            {
                throw new InvalidOperationException("the page behind the memory can't be protected");
            }

            return pages + Size;
        }

        [DllImport("libc", EntryPoint = "mprotect")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Protect(byte* address, nuint size, int access);
    }
}
