using DriftMonitor.Configuration;
using DriftMonitor.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace DriftMonitor.Hosting;

/// <summary>Sends log records to a collector, with the fields that JSON lines have.</summary>
internal sealed class CollectedLogs : IDisposable
{
    private readonly CollectorClient _client;
    private readonly ResourceBuilder _resource;

    /// <summary>A collector of logs.</summary>
    /// <param name="signal">Where and how to send.</param>
    /// <param name="resource">What sends.</param>
    /// <param name="log">Where failures are logged.</param>
    public CollectedLogs(OtlpSignal signal, ResourceBuilder resource, ExportLog log)
    {
        _resource = resource;
        _client = new CollectorClient(signal, failure =>
        {
            if (failure is null)
            {
                log.Succeed(signal);
            }
            else
            {
                log.Fail(signal, failure, interval: null);
            }
        });
    }

    /// <summary>Adds the provider. Its queue is limited, and what does not fit is left out.</summary>
    public void AddTo(ILoggingBuilder logging) => logging.AddOpenTelemetry(options =>
    {
        options.IncludeFormattedMessage = true;
        options.SetResourceBuilder(_resource);
        options.AddProcessor(new FieldsProcessor()); // before those are queued
        options.AddOtlpExporter(_client.Configure);
    });

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private sealed class FieldsProcessor : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data) =>
            data.Attributes =
                [.. LogFields.Of(data.Attributes).Select(field => new KeyValuePair<string, object?>(field.Key, field.Value))];
    }
}
