using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Wording;

namespace DriftMonitor.WhatIf;

/// <summary>Plans monitors with other settings, each as if it were configured in place of its monitor.</summary>
/// <param name="Monitors">Each monitor as configured, followed by its other settings; empty if there is a fault.</param>
/// <param name="Faults">What is wrong, a line each.</param>
/// <param name="Warnings">What is probably not intended, a line each.</param>
internal sealed record WhatIfPlan(
    IReadOnlyList<WhatIfMonitor> Monitors, IReadOnlyList<string> Faults, IReadOnlyList<string> Warnings)
{
    /// <summary>Loads the settings and plans their monitors.</summary>
    /// <param name="file">The file of the settings.</param>
    /// <param name="config">The configuration file.</param>
    /// <param name="plan">Its plan, without faults.</param>
    /// <param name="needs">What the verb needs from the configuration.</param>
    /// <exception cref="UsageException">The file cannot be read, or names a monitor that is not there.</exception>
    public static WhatIfPlan Load(string file, string config, MonitorPlan plan, Needs needs)
    {
        var known = plan.Monitors.Select(monitor => monitor.Spec.Name).ToList();
        var settings = WhatIfFile.Read(file).ToLookup(setting => setting.Monitor, StringComparer.Ordinal);
        if (settings.FirstOrDefault(monitor => !known.Contains(monitor.Key)) is { } unknown)
        {
            throw new UsageException(
                $"{file}: no monitor in {config} is named {Phrases.Quote(unknown.Key)}: write {Phrases.Alternatives(known)}");
        }

        var (monitors, faults, warnings) = (new List<WhatIfMonitor>(), new List<string>(), new List<string>());
        foreach (var planned in plan.Monitors)
        {
            monitors.Add(new WhatIfMonitor(planned, planned.Spec.Name, null));
            foreach (var setting in settings[planned.Spec.Name])
            {
                // The others stay, because all of them share the promise of false alarms.
                var other = MonitorPlan.Load(config, ConfigurationFile.ProcessEnvironment, needs, root => Change(root, setting));
                var place = $"{file}, setting {Phrases.Quote(setting.Name)}";
                faults.AddRange(other.Faults.Select(fault => $"{place}: {fault}"));
                warnings.AddRange(other.Warnings.Except(plan.Warnings).Select(warning => $"{place}: {warning}"));
                if (other.Monitors.FirstOrDefault(monitor => monitor.Spec.Name == planned.Spec.Name) is { } changed)
                {
                    var name = $"{planned.Spec.Name} ({setting.Name})";
                    monitors.Add(new WhatIfMonitor(
                        changed with { Spec = changed.Spec with { Name = name } }, planned.Spec.Name, setting.Name));
                }
            }
        }

        var byName = monitors.GroupBy(monitor => monitor.Planned.Spec.Name);
        if (faults.Count == 0 && byName.FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            faults.Add($"{file}: {Phrases.Quote(twice.Key)} is also the name of another monitor: rename the setting");
        }

        return new WhatIfPlan(faults.Count == 0 ? monitors : [], faults, warnings);
    }

    private static List<Fault> Change(WrittenConfiguration root, WhatIfSetting setting)
    {
        var monitor = root.Find(DriftMonitorOptions.Section)!.Find(nameof(DriftMonitorOptions.Monitors))!.Children
            .First(monitor => monitor.Find(nameof(MonitorOptions.Name))?.Value == setting.Monitor);
        return [.. setting.Keys.SelectMany(key => ConfigurationFile.Replace(monitor, key.Key, key.Value))];
    }
}
