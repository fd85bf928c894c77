using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Commands;

/// <summary>
/// Handles SIGINT and SIGTERM while a verb works: the verb stops between two events, or while it waits for one, and its exit code is that
/// of the signal. A second signal ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // Ctrl-C goes to all processes of a pipeline at once; each of them needs some milliseconds to react.
    private static readonly TimeSpan SignalDelay = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Signals are caught from now on.</summary>
    public Interruption()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of the first signal; 0 before any.</summary>
    public int Code { get; private set; }

    /// <summary>The name of the first signal; null before any.</summary>
    public string? Signal => Code switch { ExitCode.Interrupted => "SIGINT", ExitCode.Terminated => "SIGTERM", _ => null };

    /// <summary>
    /// Whether a signal came before or with the end of these files. Ctrl-C also stops the writer of a pipe, and the pipe's end may be seen
    /// here before our own signal; what the writer had written by then is not all of its data.
    /// </summary>
    public bool HasComeWithTheEndOf(IEnumerable<string> files) =>
        Token.IsCancellationRequested || (files.Any(FileSource.MayBeSilent) && Token.WaitHandle.WaitOne(SignalDelay));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Code != 0)
        {
            return; // the second signal: the default action ends the process
        }

        context.Cancel = true;
        Code = context.Signal == PosixSignal.SIGINT ? ExitCode.Interrupted : ExitCode.Terminated;
        _source.Cancel();
    }
}
