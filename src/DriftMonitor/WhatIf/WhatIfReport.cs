using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.WhatIf;

/// <summary>The alerts of monitors with other settings, side by side.</summary>
internal static class WhatIfReport
{
    /// <summary>Writes a table.</summary>
    /// <param name="monitors">The monitors, each with its settings.</param>
    /// <param name="tally">What was counted of them; all alerts have ended.</param>
    /// <param name="screen">Where to.</param>
    public static void WriteTable(IReadOnlyList<(WhatIfMonitor Monitor, FieldMonitor Field)> monitors, WhatIfTally tally, Screen screen)
    {
        var table = Screen.Table("monitor", "setting", " alerts", " firing for", " longest", "first", " one a month with");
        foreach (var (monitor, field) in monitors)
        {
            var counts = tally.Of(field);
            var hasAlert = field.Spec.Rule is not null;
            table.AddRow(
                new Text(Screen.Plain(monitor.Name)),
                monitor.Setting is { } setting ? new Text(Screen.Plain(setting)) : new Text("configured", Screen.Aside),
                new Text(hasAlert ? counts.Alerts.ToString(CultureInfo.InvariantCulture) : "no alert"),
                new Text(counts.Alerts > 0 ? Phrases.Duration(counts.Firing.TotalSeconds) : ""),
                new Text(counts.Alerts > 0 ? Phrases.Duration(counts.Longest.TotalSeconds) : ""),
                new Text(counts.First is { } first ? $"{first}" : ""),
                new Text(counts.OneAMonth is { } every ? $"{every}" : "–"));
        }

        screen.Write(table);
        screen.WriteLine();
        foreach (var watched in monitors.Select(monitor => tally.Of(monitor.Field)).Where(counts => counts.From is not null).Take(1))
        {
            screen.WriteLine(
                $"From {watched.From} to {watched.To}, {Phrases.Duration((watched.To!.Value - watched.From!.Value).TotalSeconds)}. "
                + "One a month with: the shortest FalseAlarmEvery that would have given at most one alert in 30 days, of all series "
                + "together; – where no reading has a return period, or alerts come more often with every value.",
                isAside: true);
        }
    }

    /// <summary>Writes a JSON line for each monitor and setting.</summary>
    public static void WriteLines(
        IReadOnlyList<(WhatIfMonitor Monitor, FieldMonitor Field)> monitors, WhatIfTally tally, TextWriter output)
    {
        foreach (var (monitor, field) in monitors)
        {
            var counts = tally.Of(field);
            var line = new JsonObject
            {
                ["type"] = "what_if",
                ["monitor"] = monitor.Name,
                ["setting"] = monitor.Setting,
                ["from"] = counts.From?.ToString(),
                ["to"] = counts.To?.ToString(),
                ["alerts"] = field.Spec.Rule is null ? null : counts.Alerts,
                ["firing_s"] = counts.Firing.TotalSeconds,
                ["longest_s"] = counts.Longest.TotalSeconds,
                ["first"] = counts.First?.ToString(),
                ["one_a_month_every_s"] = counts.OneAMonth?.Span.TotalSeconds,
            };
            output.WriteLine(line.ToJsonString(JsonStyle.Compact));
        }
    }
}
