using System.Text;
using DriftMonitor.History;

namespace DriftMonitor.Tests.History;

/// <summary>The reader that checks each day's file: what it accepts, and what an importer would drop or misread.</summary>
public sealed class OpenMetricsReaderTests
{
    // 1360368000 is 2013-02-09T00:00:00Z.
    private const string Good = """
        # TYPE a gauge
        # HELP a What "a" is.
        a{m="x",n="with \"quotes\", \\ and \n"} 1.5 1360368000
        a{m="x",n="with \"quotes\", \\ and \n"} -2E-05 1360368000.001
        a{m="y"} 0 1360368000
        # TYPE b counter
        b_total 3 1360454399.999
        # EOF

        """;

    private static readonly DateOnly Day = new(2013, 2, 9);

    [Fact]
    public void It_counts_the_samples_of_a_good_day() => Assert.Equal(4, Read(Good));

    [Fact]
    public void A_day_without_samples_is_good() => Assert.Equal(0, Read("# EOF\n"));

    [Fact]
    public void Lines_longer_than_its_buffer_are_read()
    {
        var label = new string('x', 1_000_000);
        Assert.Equal(2, Read($"# TYPE a gauge\na{{m=\"{label}\"}} 1 1360368000\na{{m=\"{label}\"}} 1 1360368001\n# EOF\n"));
    }

    [Theory]
    [InlineData("1.5 1360368000\n", "1.5\n", "line 3: the sample has no time")]
    [InlineData("1.5 1360368000\n", "1.5 1360368000000\n", "line 3: the time is not on this day, in seconds since 1970")] // ms
    [InlineData("1.5 1360368000\n", "1.5 1360367999.999\n", "line 3: the time is not on this day, in seconds since 1970")]
    [InlineData("1360454399.999", "1360454400", "line 7: the time is not on this day, in seconds since 1970")]
    [InlineData("1360368000.001", "1360368000", "line 4: the times of the series do not ascend")] // promtool keeps one of the two
    [InlineData("1360368000.001", "1360368000.0001", "line 4: the time is finer than a millisecond")]
    [InlineData("a{m=\"y\"}", "a{m=\"w\"}", "line 5: the labels do not ascend")] // a series that comes twice would be out of order
    [InlineData("# TYPE b counter\nb_total", "# TYPE a gauge\na", "line 6: the metric has been before")]
    [InlineData("# TYPE b counter\nb_total", "# TYPE b gauge\nb_total", "line 7: the value is missing")]
    [InlineData("a{m=\"y\"} 0", "c{m=\"y\"} 0", "line 5: the sample belongs to another metric")]
    [InlineData("a{m=\"y\"} 0", "a{m=\"y\"} NaN", "line 5: the value is no finite number")]
    [InlineData("a{m=\"y\"} 0", "a{m=\"y\"} 0x", "line 5: the value is no finite number")]
    [InlineData("a{m=\"y\"} 0", "a{m=\"y} 0", "line 5: a label's value has no end")]
    [InlineData("a{m=\"y\"} 0", "a{m=\"\\y\"} 0", "line 5: a label's value has an unknown escape")]
    [InlineData("a{m=\"y\"} 0", "a{=\"y\"} 0", "line 5: a label has no name or no value")]
    [InlineData("# EOF\n", "", "line 7: # EOF is missing")]
    [InlineData("# EOF\n", "# EOF", "line 7: the last line has no end")]
    [InlineData("# EOF\n", "# EOF\n\n", "line 9: there is text after # EOF")]
    public void It_refuses_what_an_importer_would_drop_or_misread(string text, string instead, string fault)
    {
        Assert.Contains(text, Good);

        Assert.Equal(fault, Assert.Throws<InvalidDataException>(() => Read(Good.Replace(text, instead, StringComparison.Ordinal))).Message);
    }

    [Fact]
    public void It_refuses_bytes_that_are_not_UTF_8()
    {
        byte[] text = [.. "# TYPE a gauge\na{m=\""u8, 0xff, .. "\"} 1 1360368000\n# EOF\n"u8];

        Assert.Throws<InvalidDataException>(() => OpenMetricsReader.Read(new MemoryStream(text), Day));
    }

    private static long Read(string text) => OpenMetricsReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), Day);
}
