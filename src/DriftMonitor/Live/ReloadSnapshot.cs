using DriftMonitor.Core.Time;

namespace DriftMonitor.Live;

/// <summary>How the configuration was last read.</summary>
/// <param name="IsSuccessful">Whether the file as it is now is what runs.</param>
/// <param name="Succeeded">When it was last read without a fault.</param>
internal sealed record ReloadSnapshot(bool IsSuccessful, EventTime Succeeded);
