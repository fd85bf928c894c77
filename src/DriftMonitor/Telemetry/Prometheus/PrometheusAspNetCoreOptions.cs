namespace OpenTelemetry.Exporter;

/// <summary>Options of the scrape endpoint, by the names of the package <c>OpenTelemetry.Exporter.Prometheus.AspNetCore</c>.</summary>
internal sealed class PrometheusAspNetCoreOptions
{
    /// <summary>For how long a collection serves later scrapes too; 0 for none. Default 300.</summary>
    public int ScrapeResponseCacheDurationMilliseconds
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
        = 300;

    /// <summary>Called before each collection, so that all instruments can read one snapshot. Not in the package.</summary>
    public Action? BeforeCollect { get; set; }

    /// <summary>Measures the cache's age and the scrape's timeout. Not in the package.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
