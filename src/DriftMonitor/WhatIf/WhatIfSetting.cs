using System.Text.Json;

namespace DriftMonitor.WhatIf;

/// <summary>Other settings of a monitor, to be compared with those configured.</summary>
/// <param name="Name">What they are called in the result.</param>
/// <param name="Monitor">The monitor's name.</param>
/// <param name="Keys">The keys of the monitor that they replace, each with all below it.</param>
internal sealed record WhatIfSetting(string Name, string Monitor, IReadOnlyList<KeyValuePair<string, JsonElement>> Keys);
