using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Commands;

/// <summary>SIGINT and SIGTERM while a verb works: it stops between two events, or while it waits for one, and the exit code tells why. A second signal ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    // The system sends Ctrl-C to a whole pipeline at once, and what follows takes milliseconds on either side.
    private static readonly TimeSpan OfTheSameKey = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Signals are caught from now on.</summary>
    public Interruption()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Catch), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Catch)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of the signal that came; 0 while none has.</summary>
    public int Code { get; private set; }

    /// <summary>Whether a signal has come by the end of these files. Ctrl-C goes to a pipe's writer too: that the writer has gone may be known here before the signal is, and what it has written by then is not all.</summary>
    public bool HasComeWithTheEndOf(IEnumerable<string> files) => Token.IsCancellationRequested || (files.Any(FileSource.MayBeSilent) && Token.WaitHandle.WaitOne(OfTheSameKey));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Catch(PosixSignalContext context)
    {
        if (Code != 0)
        {
            return; // the second: no more waiting for an orderly end
        }

        context.Cancel = true;
        Code = context.Signal == PosixSignal.SIGINT ? ExitCode.Interrupted : ExitCode.Terminated;
        _source.Cancel();
    }
}
