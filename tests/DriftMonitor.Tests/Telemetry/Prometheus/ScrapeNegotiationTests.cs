using DriftMonitor.Telemetry;

namespace DriftMonitor.Tests.Telemetry.Prometheus;

public sealed class ScrapeNegotiationTests
{
    private const string OpenMetrics = nameof(ExpositionFormat.OpenMetrics100);
    private const string Text = nameof(ExpositionFormat.Text004);

    [Theory]
    // what Prometheus 2.42 and 3.15, VictoriaMetrics and a browser send
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OpenMetrics)]
    [InlineData("text/plain;version=0.0.4;q=1,*/*;q=0.1", Text)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Text)]
    // by quality, then by order
    [InlineData("application/openmetrics-text;q=0.4, text/plain;q=0.5", Text)]
    [InlineData("application/openmetrics-text;q=0.5, text/plain;q=0.4", OpenMetrics)]
    [InlineData("application/openmetrics-text, text/plain", OpenMetrics)]
    [InlineData("text/plain, application/openmetrics-text", Text)]
    [InlineData("text/plain;q=0, application/openmetrics-text;q=0.1", OpenMetrics)]
    [InlineData("APPLICATION/OpenMetrics-Text; Version=\"1.0.0\"; charset=UTF-8", OpenMetrics)]
    [InlineData("application/*", OpenMetrics)]
    [InlineData("text/*, application/openmetrics-text;q=0.9", Text)]
    // what is not served, not wanted, or not understood
    [InlineData("application/openmetrics-text;version=0.0.1", Text)]
    [InlineData("application/openmetrics-text;version=2.0.0", Text)]
    [InlineData("application/openmetrics-text;q=0", Text)]
    [InlineData("application/openmetrics-text;q=0, */*", Text)]
    [InlineData("application/openmetrics-text;q=much", Text)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", Text)]
    [InlineData("", Text)]
    [InlineData(null, Text)]
    [InlineData(";;;,,/=", Text)]
    [InlineData("application/json", Text)]
    public void Accept_asks_for(string? accept, string format) => Assert.Equal(Enum.Parse<ExpositionFormat>(format), ScrapeNegotiation.Format(accept));

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("GZIP;q=0.1", true)]
    [InlineData("deflate, gzip;q=1.0, *;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("gzip, identity", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("gzip;q=0.5, identity", false)]
    [InlineData("br", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("gzip;q=;;", false)]
    public void Accept_Encoding_asks_for_gzip(string? acceptEncoding, bool gzip) => Assert.Equal(gzip, ScrapeNegotiation.Gzip(acceptEncoding));
}
