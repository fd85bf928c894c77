namespace DriftMonitor.Commands;

/// <summary>The process's exit codes. Scripts depend on them.</summary>
internal static class ExitCode
{
    /// <summary>The verb succeeded.</summary>
    public const int Good = 0;

    /// <summary>The verb failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A replay with <c>--fail-on-drift</c> found drift.</summary>
    public const int Drift = 3;

    /// <summary>Stopped by SIGINT: 128 + 2.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGTERM: 128 + 15.</summary>
    public const int Terminated = 143;
}
