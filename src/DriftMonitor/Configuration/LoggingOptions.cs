using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Logging</c>.</summary>
internal sealed class LoggingOptions
{
    [Description("The form of the lines on standard error: text for people, or json, one object a line with a field for each part.")]
    public LogFormat Format { get; set; } = LogFormat.Text;

    [Description("The least level of each category that is logged.")]
    public LogLevelOptions Levels { get; set; } = new();
}
