using DriftMonitor.Planning;

namespace DriftMonitor.WhatIf;

/// <summary>A monitor with the settings to be compared.</summary>
/// <param name="Planned">The monitor, with a name of its own.</param>
/// <param name="Name">Its configured name.</param>
/// <param name="Setting">The name of its settings; null for those configured.</param>
internal sealed record WhatIfMonitor(PlannedMonitor Planned, string Name, string? Setting);
