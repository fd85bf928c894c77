using System.Security.Cryptography;
using System.Threading.Channels;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Planning;
using DriftMonitor.Wording;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftMonitor.Commands;

/// <summary>
/// Reads the configuration file again when it changes, and everything again on SIGHUP. What has a fault is told of and changes nothing.
/// </summary>
/// <remarks>
/// The content is compared, once a second: notifications of a file system miss the swap of a link by which a ConfigMap changes. A file is
/// read when it has been the same twice, so that one that is being written is not.
/// </remarks>
internal sealed partial class ConfigurationWatch
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _hangUps = Channel.CreateBounded<bool>(1);
    private byte[] _known;
    private ReloadSnapshot _snapshot;

    /// <summary>A watch on the file as it is now. To be made before the file is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="clock">The wall clock.</param>
    public ConfigurationWatch(string path, TimeProvider clock)
    {
        (_path, _clock) = (path, clock);
        _known = Content();
        _snapshot = new ReloadSnapshot(IsSuccessful: true, EventTime.From(clock.GetUtcNow()));
    }

    /// <summary>Receives each fault, and what has been applied.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>How the configuration was last read.</summary>
    public ReloadSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Reads everything again, soon. May be called from any thread.</summary>
    public void HangUp() => _hangUps.Writer.TryWrite(true);

    /// <summary>Logs the warnings of a configuration.</summary>
    public void Warn(MonitorPlan plan)
    {
        foreach (var warning in plan.Warnings)
        {
            LogWarning(Logger, OneLine.Sentence(warning.ToString()));
        }
    }

    /// <summary>What has been read could not be applied.</summary>
    /// <param name="reason">Why, in a sentence.</param>
    public void Fail(string reason)
    {
        Volatile.Write(ref _snapshot, Snapshot with { IsSuccessful = false });
        LogFault(Logger, OneLine.Sentence(reason));
    }

    /// <summary>Waits until there is another configuration without a fault.</summary>
    /// <param name="current">What runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public async Task<MonitorPlan> NextAsync(MonitorPlan current, CancellationToken stopping)
    {
        while (true)
        {
            var isAsked = await WaitAsync(stopping);
            var plan = MonitorPlan.Load(_path, ConfigurationFile.ProcessEnvironment, Needs.Service);
            if (plan.Faults.Count > 0)
            {
                foreach (var fault in plan.Faults)
                {
                    Fail(fault.ToString());
                }

                continue;
            }

            Volatile.Write(ref _snapshot, new ReloadSnapshot(IsSuccessful: true, EventTime.From(_clock.GetUtcNow())));
            if (isAsked || EffectiveOptions.ToJson(plan.Options).ToJsonString() != EffectiveOptions.ToJson(current.Options).ToJsonString())
            {
                Warn(plan);
                return plan;
            }

            LogSame(Logger, _path);
        }
    }

    // Returns whether it was asked for.
    private async Task<bool> WaitAsync(CancellationToken stopping)
    {
        byte[]? changed = null;
        while (true)
        {
            using var due = new CancellationTokenSource(Every, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, due.Token);
            try
            {
                await _hangUps.Reader.ReadAsync(either.Token);
                _known = Content();
                return true;
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
            }

            var content = Content();
            if (!content.AsSpan().SequenceEqual(_known) && changed.AsSpan().SequenceEqual(content))
            {
                _known = content;
                return false;
            }

            changed = content;
        }
    }

    // A hash; nothing where the file cannot be read, which is told of as a change.
    private byte[] Content()
    {
        try
        {
            return SHA256.HashData(File.ReadAllBytes(_path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [0];
        }
    }

    [LoggerMessage(
        EventName = "service.reload_failed", Level = LogLevel.Error,
        Message = "The configuration is not applied, and the one before it goes on: {Fault}")]
    private static partial void LogFault(ILogger logger, string fault);

    [LoggerMessage(EventName = "service.configuration_warning", Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger logger, string warning);

    [LoggerMessage(
        EventName = "service.configuration_unchanged", Level = LogLevel.Information,
        Message = "{Path} has changed, but nothing that it says")]
    private static partial void LogSame(ILogger logger, string path);
}
