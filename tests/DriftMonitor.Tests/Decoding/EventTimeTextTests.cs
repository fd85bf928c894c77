using System.Globalization;
using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Decoding;

public sealed class EventTimeTextTests
{
    [Theory]
    [InlineData("2013-02-09T08:15:00Z", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09T08:15:00", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09 08:15:00.25", "2013-02-09T08:15:00.250Z")]
    [InlineData("2013-02-09t08:15z", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09", "2013-02-09T00:00:00Z")]
    [InlineData("2013-02-09T08:15:00,9999999Z", "2013-02-09T08:15:00.999Z")] // rounded down
    [InlineData("2013-02-09T08:15:00+01:30", "2013-02-09T06:45:00Z")]
    [InlineData("2013-02-09T08:15:00-0130", "2013-02-09T09:45:00Z")]
    [InlineData("2013-02-09T08:15+02", "2013-02-09T06:15:00Z")]
    [InlineData("2012-02-29T23:59:59.001Z", "2012-02-29T23:59:59.001Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z")]
    [InlineData("0001-01-01T00:00:00+00:01", null)] // before the year 1
    [InlineData("2013-02-29", null)]
    [InlineData("2013-13-01", null)]
    [InlineData("2013-02-09T24:00:00Z", null)]
    [InlineData("2013-02-09T08:15:60Z", null)]
    [InlineData("2013-02-09T08:15:00.Z", null)]
    [InlineData("2013-02-09T08:15:00+1:00", null)]
    [InlineData("2013-02-09T08:15:00Z ", null)]
    [InlineData("2013-02-09T", null)]
    [InlineData("2013-02-09Z", null)]
    [InlineData("20130209T081500Z", "2013-02-09T08:15:00Z")]
    [InlineData("20130209T081500.25+0130", "2013-02-09T06:45:00.250Z")]
    [InlineData("20130209T0815", "2013-02-09T08:15:00Z")]
    [InlineData("20130209", "2013-02-09T00:00:00Z")]
    [InlineData("2013-02-09 08:15:00 UTC", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09 08:15 +01:00", "2013-02-09T07:15:00Z")]
    [InlineData("2013-02-09T08:15:00Z[Europe/Paris]", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09T08:15:00+01:00[Europe/Paris]", "2013-02-09T07:15:00Z")]
    [InlineData("2013-02-09T08:15:00[UTC]", "2013-02-09T08:15:00Z")]
    [InlineData("2013-02-09T08:15:00[Europe/Paris]", null)] // the offset is unknown
    [InlineData("2013-02-09T08:15:00Z[", null)]
    [InlineData("2013-02-09 08:15:00 CET", null)]
    [InlineData("2013-02-09 08:15:00 ", null)]
    [InlineData("20130209T0815001", null)]
    [InlineData("20130209T08", null)]
    [InlineData("20130229T081500Z", null)]
    [InlineData("09/02/2013", null)]
    [InlineData("1360397700", null)]
    [InlineData("", null)]
    public void Texts_are_ISO_8601(string text, string? moment) =>
        Assert.Equal(moment, EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text))?.ToString());

    [Theory]
    [InlineData("1360397700", 1360397700000)]
    [InlineData("1360397700.0019", 1360397700001)] // a double would say 001 or 002
    [InlineData("1360397700.001", 1360397700001)]
    [InlineData("1.3603977e9", 1360397700000)]
    [InlineData("1360397700250", 1360397700250)]
    [InlineData("1360397700250.9", 1360397700250)]
    [InlineData("99999999999", 99999999999000)] // the last second
    [InlineData("100000000000", 100000000000)] // the first millisecond
    [InlineData("99999999999.5", 99999999999500)]
    [InlineData("0", 0L)]
    [InlineData("-1.5", -1500L)]
    [InlineData("-0.0001", -1L)]
    [InlineData("99999999999999", 99999999999999)] // the last millisecond
    [InlineData("100000000000000", 100000000000)] // the first microsecond
    [InlineData("1360397700250999", 1360397700250)]
    [InlineData("99999999999999999", 99999999999999)] // the last microsecond
    [InlineData("100000000000000000", 100000000000)] // the first nanosecond
    [InlineData("1360397700250999999", 1360397700250)]
    [InlineData("1360397700250999.9", 1360397700250)]
    [InlineData("1.360397700250e18", 1360397700250)]
    [InlineData("253402300799999999999", 253402300799999)]
    [InlineData("253402300800000000000", null)] // the year 10000
    [InlineData("NaN", null)]
    [InlineData("-62135596801", null)]
    [InlineData("1e400", null)]
    [InlineData("-1e30", null)]
    public void The_unit_of_a_number_is_told_by_its_size(string json, long? milliseconds) =>
        Assert.Equal(milliseconds, EventTimeText.FromNumber(Encoding.UTF8.GetBytes(json))?.Milliseconds);

    [Theory]
    [InlineData("1360397700", 1360397700000)]
    [InlineData(" 1360397700250 ", 1360397700250)]
    [InlineData("1360397700.25", 1360397700250)]
    [InlineData("2013-02-09T08:15:00Z", 1360397700000)]
    [InlineData(" 2013-02-09 08:15:00", 1360397700000)]
    [InlineData("20130209", 20130209000)] // a number before a date without separators, in strings as elsewhere
    [InlineData("09.02.2013 08:15:00", null)]
    [InlineData("", null)]
    public void Texts_may_be_numbers_too(string text, long? milliseconds) =>
        Assert.Equal(milliseconds, EventTimeText.FromText(Encoding.UTF8.GetBytes(text))?.Milliseconds);

    [Theory]
    [InlineData("dd.MM.yyyy HH:mm:ss", "09.02.2013 08:15:00", "2013-02-09T08:15:00Z")]
    [InlineData("dd.MM.yyyy HH:mm:ss", " 09.02.2013 08:15:00", "2013-02-09T08:15:00Z")]
    [InlineData("dd.MM.yyyy HH:mm:ss", "02/09/2013 08:15:00", null)]
    [InlineData("dd.MM.yyyy HH:mm:ss", "2013-02-09T08:15:00Z", null)]
    [InlineData("M/d/yyyy h:mm tt", "2/9/2013 8:15 PM", "2013-02-09T20:15:00Z")]
    [InlineData("ddd MMM dd HH:mm:ss zzz yyyy", "Sat Feb 09 08:15:00 +0100 2013", "2013-02-09T07:15:00Z")]
    [InlineData("yyyyMMdd", "20130209", "2013-02-09T00:00:00Z")]
    [InlineData("days", "15745", "2013-02-09T00:00:00Z")]
    [InlineData("days", "-1", "1969-12-31T00:00:00Z")]
    [InlineData("days", "15745.5", "2013-02-09T12:00:00Z")]
    [InlineData("days", "1e9", null)]
    [InlineData("days", "NaN", null)]
    [InlineData("days", "2013-02-09", null)]
    public void Other_forms_are_read_where_they_are_configured(string format, string text, string? moment) =>
        Assert.Equal(moment, EventTimeFormat.Parse(format).Read(Encoding.UTF8.GetBytes(text))?.ToString());

    [Theory]
    [InlineData("HH:mm:ss", "is \"HH:mm:ss\", which does not contain year, month and day: "
        + "write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days")]
    [InlineData("MM-dd", "is \"MM-dd\", which does not contain year, month and day: "
        + "write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days")]
    [InlineData("", "is \"\", which does not contain year, month and day: write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days")]
    [InlineData("%", "is \"%\", which is no format of times: write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days")]
    public void A_format_that_cannot_give_a_date_is_refused(string format, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => EventTimeFormat.Parse(format)).Message);

    [Property]
    public Property What_the_monitor_writes_it_reads() => Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).Select(n => n * 1_000_003L % EventTime.Latest.Milliseconds).ToArbitrary(), milliseconds =>
        {
            var time = new EventTime(milliseconds);
            return !time.IsInRange || EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(time.ToString())) == time;
        });

    [Property]
    public Property A_number_s_text_gives_the_double_that_the_framework_gives() => Prop.ForAll(
        Gen.OneOf(
            ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
            Gen.Choose(-999_999_999, 999_999_999).Select(value => (value / 1000m).ToString(CultureInfo.InvariantCulture)),
            Gen.Zip(Gen.Choose(0, int.MaxValue), Gen.Choose(0, 999_999)).Select(parts => $"{parts.Item1}.{parts.Item2:D6}")).ToArbitrary(),
        text => NumberText.ToDouble(Encoding.UTF8.GetBytes(text)).Equals(
            double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)));
}
