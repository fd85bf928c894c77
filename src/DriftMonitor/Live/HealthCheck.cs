namespace DriftMonitor.Live;

/// <summary>One check of the service's health.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsGood">Whether it passes.</param>
/// <param name="Reason">The state that was found, in words. May contain names of topics and words of a broker, line ends included.</param>
/// <param name="IsWarning">Whether it passes with a warning.</param>
internal readonly record struct HealthCheck(string Name, bool IsGood, string Reason, bool IsWarning = false);
