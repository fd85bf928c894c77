namespace DriftMonitor.Commands;

/// <summary>The exit codes that other people's scripts rely on.</summary>
internal static class ExitCode
{
    public const int Good = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
