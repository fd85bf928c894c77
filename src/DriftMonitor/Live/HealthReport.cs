using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Whether the service does its work, and why not.</summary>
/// <param name="Checks">Every check, failed or not.</param>
internal sealed record HealthReport(IReadOnlyList<HealthCheck> Checks)
{
    /// <summary>Whether no check has failed.</summary>
    public bool IsReady => Checks.All(check => check.IsGood);

    /// <summary>The checks that have failed.</summary>
    public IEnumerable<HealthCheck> Failed => Checks.Where(check => !check.IsGood);

    /// <summary>
    /// The failed checks in words, such as <c>source: no broker answers</c>: the first of them, and how many more there are.
    /// </summary>
    /// <param name="most">How many at most.</param>
    public IEnumerable<string> Reasons(int most)
    {
        var failed = Failed.ToList();
        var reasons = failed.Take(most).Select(check => $"{check.Name}: {check.Reason}");
        return failed.Count <= most ? reasons
            : reasons.Append($"{Phrases.Count(failed.Count - most, "more check")} failed: see /healthz/ready?verbose");
    }
}
