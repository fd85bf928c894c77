using DriftMonitor.Configuration;

namespace DriftMonitor.Tests.Telemetry;

public sealed class OtlpVariablesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("OTEL_SERVICE_NAME=x;OTEL_RESOURCE_ATTRIBUTES=a=b")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=grpc")]
    [InlineData("OTEL_SDK_DISABLED=true;OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317;OTEL_METRICS_EXPORTER=otlp")]
    [InlineData("OTEL_METRICS_EXPORTER=none;OTEL_LOGS_EXPORTER=none;OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    [InlineData("OTEL_METRICS_EXPORTER=prometheus;OTEL_LOGS_EXPORTER=none;OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317")]
    public void Nothing_is_sent_where_no_variable_asks_for_it(string variables)
    {
        var read = Read(variables);

        Assert.Equal((null, null), (read.Metrics, read.Logs));
        Assert.Empty(read.Warnings);
    }

    [Theory]
    [InlineData("ENDPOINT=http://c:4317", "http://c:4317/ grpc", "http://c:4317/ grpc")]
    [InlineData("ENDPOINT=http://c:4318;PROTOCOL=http/protobuf", "http://c:4318/v1/metrics http", "http://c:4318/v1/logs http")]
    [InlineData("ENDPOINT=https://c/otlp/;PROTOCOL=http/protobuf", "https://c/otlp/v1/metrics http", "https://c/otlp/v1/logs http")]
    [InlineData("METRICS_ENDPOINT=http://c/m;METRICS_PROTOCOL=http/protobuf", "http://c/m http", "")] // as it is
    [InlineData("LOGS_ENDPOINT=http://l:4317;ENDPOINT=http://c:4317", "http://c:4317/ grpc", "http://l:4317/ grpc")]
    [InlineData("ENDPOINT=http://c:4317;PROTOCOL=http/protobuf;LOGS_PROTOCOL=grpc", "http://c:4317/v1/metrics http", "http://c:4317/ grpc")]
    public void An_address_for_all_gets_the_path_of_each_and_one_for_a_kind_goes_before_it(string variables, string metrics, string logs)
    {
        var read = Read(string.Join(';', variables.Split(';').Select(variable => $"OTEL_EXPORTER_OTLP_{variable}")));

        Assert.Equal((metrics, logs), (Describe(read.Metrics), Describe(read.Logs)));
        Assert.Empty(read.Warnings);
    }

    [Theory]
    [InlineData("", "http://localhost:4317/ grpc")]
    [InlineData(";OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "http://localhost:4318/v1/metrics http")]
    public void Without_an_address_the_exporter_that_is_asked_for_uses_the_standard_s(string more, string expected) =>
        Assert.Equal(expected, Describe(Read("OTEL_METRICS_EXPORTER=otlp" + more).Metrics));

    [Fact]
    public void Time_limits_intervals_headers_and_the_form_of_counters_are_read()
    {
        var read = Read(
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317;OTEL_EXPORTER_OTLP_TIMEOUT=2500;OTEL_METRIC_EXPORT_INTERVAL=15000;"
            + "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=Delta;OTEL_EXPORTER_OTLP_LOGS_HEADERS=a=b,c=d%20e;"
            + "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION=gzip");

        Assert.Equal(
            (TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(15), OtlpTemporality.Delta, true, false),
            (read.Metrics!.Timeout, read.MetricInterval, read.Temporality, read.Metrics.IsCompressed, read.Logs!.IsCompressed));
        Assert.Equal((null, "a=b,c=d%20e"), (read.Metrics.Headers, read.Logs.Headers));
        Assert.Equal(TimeSpan.FromMinutes(1), Read("OTEL_METRICS_EXPORTER=otlp").MetricInterval);
    }

    [Theory]
    [InlineData(
        "OTEL_METRICS_EXPORTER=console",
        "OTEL_METRICS_EXPORTER is \"console\": metrics can be sent by otlp, or not at all with none")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c;OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
        "OTEL_EXPORTER_OTLP_PROTOCOL is \"http/json\": write grpc or http/protobuf; until then, metrics are not sent")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=collector:4317",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is no address with http:// or https:// before the host, such as http://collector:4317: until "
            + "then, metrics are not sent")]
    [InlineData(
        "OTEL_METRICS_EXPORTER=otlp;OTEL_EXPORTER_OTLP_HEADERS=Bearer s3cret",
        "OTEL_EXPORTER_OTLP_HEADERS is not a list of header=value with commas between and each header once: until then, metrics are "
            + "not sent")]
    [InlineData(
        "OTEL_METRICS_EXPORTER=otlp;OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such.pem",
        "OTEL_EXPORTER_OTLP_CERTIFICATE or one beside it names a file of certificates or keys that cannot be used (Could not find a part "
            + "of the path '/no/such.pem'.): write the path of one in PEM; until then, metrics are not sent")]
    public void What_cannot_be_sent_is_warned_of_with_the_remedy(string variables, string warning)
    {
        var read = Read(variables);

        Assert.Equal([warning], read.Warnings.Select(fault => $"{fault}"));
        Assert.Null(read.Metrics);
    }

    [Theory]
    [InlineData(
        "OTEL_METRIC_EXPORT_INTERVAL=1m",
        "OTEL_METRIC_EXPORT_INTERVAL is \"1m\": write milliseconds, a whole number from 100 on; until then, the default is used")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=sum",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is \"sum\": write cumulative, delta or lowmemory; until then, it is cumulative")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_COMPRESSION=br",
        "OTEL_EXPORTER_OTLP_COMPRESSION is \"br\": write gzip or none; until then, nothing is compressed")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL is not set, so metrics are sent by gRPC, and port 4318 is usually for http/protobuf")]
    public void What_is_ignored_is_warned_of_too(string variable, string warning)
    {
        var read = Read($"OTEL_LOGS_EXPORTER=none;OTEL_METRICS_EXPORTER=otlp;{variable}");

        Assert.Equal([warning], read.Warnings.Select(fault => $"{fault}"));
        Assert.NotNull(read.Metrics);
    }

    private static OtlpVariables Read(string variables) => OtlpVariables.Read(
        variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(variable => variable.Split('=', 2))
            .Select(variable => KeyValuePair.Create(variable[0], (string?)variable[1])));

    private static string Describe(OtlpSignal? signal) =>
        signal is null ? "" : $"{signal.Endpoint} {(signal.IsGrpc ? "grpc" : "http")}";
}
