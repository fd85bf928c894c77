using DriftMonitor.Telemetry;

namespace DriftMonitor.Tests.Telemetry;

public sealed class MetricNameTests
{
    [Theory]
    [InlineData("driftmonitor.kl_divergence", "nats", "Gauge", "driftmonitor_kl_divergence_nats", "nats")]
    [InlineData("driftmonitor.kl_divergence.nats", "nats", "Gauge", "driftmonitor_kl_divergence_nats", "nats")]
    [InlineData("driftmonitor.kl_divergence.nats", null, "Gauge", "driftmonitor_kl_divergence_nats", "")]
    [InlineData("driftmonitor.events", "{event}", "Counter", "driftmonitor_events", "")]
    [InlineData("driftmonitor.events_total", "", "Counter", "driftmonitor_events", "")]
    [InlineData("driftmonitor.checkpoint.size", "By", "Gauge", "driftmonitor_checkpoint_size_bytes", "bytes")]
    [InlineData("process.cpu.time", "s", "Counter", "process_cpu_time_seconds", "seconds")]
    [InlineData("ratio", "1", "Gauge", "ratio", "")]
    [InlineData("speed", "By/s", "Gauge", "speed_bytes_per_second", "bytes_per_second")]
    [InlineData("rate", "{request}/s", "Gauge", "rate_per_second", "per_second")]
    [InlineData("a.-b__c", "", "Gauge", "a_b_c", "")]
    [InlineData("2fast", "m²", "Gauge", "_2fast_m", "m")]
    public void An_instrument_s_name_and_unit_become(string instrument, string? unit, string kind, string family, string words) =>
        Assert.Equal(new MetricName(family, words), MetricName.Of(instrument, unit, Enum.Parse<MetricKind>(kind)));

    [Theory]
    [InlineData("monitor", "monitor")]
    [InlineData("a__b", "a__b")]
    [InlineData("otel.metric.overflow", "otel_metric_overflow")]
    [InlineData("9a", "_9a")]
    [InlineData("", "_")]
    [InlineData("größe", "gr_e")]
    public void An_attribute_s_key_becomes_the_label(string key, string label) => Assert.Equal(label, MetricName.Label(key));
}
