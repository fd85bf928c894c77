using DriftMonitor.Live;
using DriftMonitor.Reports;
using DriftMonitor.Samples;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>--fail-on-drift</c>: a replay as a check before a release. A check that cannot fail is itself a failure.</summary>
internal static class DriftGate
{
    /// <summary>Refuses a configuration in which no alert can fire.</summary>
    /// <exception cref="UsageException">No monitor has an alert.</exception>
    public static void Check(IReadOnlyList<MonitorBinding> bindings, string config)
    {
        if (bindings.All(binding => binding.Monitor.Spec.Rule is null))
        {
            throw new UsageException($"--fail-on-drift needs an alert, and no monitor in {config} has one: add Alert to a monitor");
        }
    }

    /// <summary>The exit code of a replay that has succeeded.</summary>
    /// <param name="bindings">The monitors.</param>
    /// <param name="episodes">When their alerts fired.</param>
    public static int Judge(IReadOnlyList<MonitorBinding> bindings, AlertEpisodes episodes)
    {
        if (episodes.HasFired)
        {
            return ExitCode.Drift;
        }

        var blind = bindings.Where(binding => binding.Monitor.Spec.Rule is not null && !episodes.WasJudged(binding))
            .Select(binding => Phrases.Quote(binding.Monitor.Spec.Name)).ToList();
        if (blind.Count == 0)
        {
            return ExitCode.Good;
        }

        Messages.Write(
            $"--fail-on-drift: {string.Join(", ", blind)} had no reading in the range that an alert can be judged by, so nothing was "
            + "checked: give a longer range, or see the reasons with --output json");
        return ExitCode.Failure;
    }
}
