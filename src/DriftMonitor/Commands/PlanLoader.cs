using DriftMonitor.Configuration;
using DriftMonitor.Planning;

namespace DriftMonitor.Commands;

/// <summary>Loads the plan of a configuration for a verb.</summary>
internal static class PlanLoader
{
    /// <summary>Loads a configuration and the process's environment, and writes all errors and warnings to standard error.</summary>
    /// <param name="path">The configuration file.</param>
    /// <param name="needs">What the verb needs the configuration to have.</param>
    /// <param name="areWarningsLogged">Whether the verb logs the warnings itself if its log is not text.</param>
    /// <returns>The plan; null if there was an error.</returns>
    public static MonitorPlan? Load(string path, Needs needs, bool areWarningsLogged = false)
    {
        var plan = MonitorPlan.Load(path, ConfigurationFile.ProcessEnvironment, needs);
        foreach (var fault in plan.Faults)
        {
            Messages.Write(fault.ToString());
        }

        foreach (var warning in plan.Warnings)
        {
            if (!areWarningsLogged || plan.Faults.Count > 0 || plan.Options.Logging.Format == LogFormat.Text)
            {
                Messages.Write($"warning: {warning}");
            }
        }

        return plan.Faults.Count == 0 ? plan : null;
    }
}
