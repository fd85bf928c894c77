using DriftMonitor.Live;
using DriftMonitor.Streaming;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// The real pipeline between a scripted source and monitors, whose health is judged once a second of a time that is moved by hand.
/// <c>IdleAfter</c> is 30 seconds.
/// </summary>
internal sealed class WatchedService
{
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Pipeline _pipeline;
    private readonly LiveState _state;
    private readonly ServiceHealth _health = new(IdleAfter);

    public WatchedService(ScriptedSource source, params MonitorBinding[] monitors)
    {
        (Source, _state) = (source, new LiveState(monitors, []));
        _pipeline = new Pipeline(source, monitors, Clock, IdleAfter, [_state]);
    }

    public FakeTimeProvider Clock { get; } = new();

    public ScriptedSource Source { get; }

    /// <summary>The checks that have failed, as <c>name: reason</c>.</summary>
    public IEnumerable<string> Failed => Judge().Failed.Select(check => $"{check.Name}: {check.Reason}");

    /// <summary>The checks that have passed with a warning.</summary>
    public IEnumerable<string> Warnings =>
        Judge().Checks.Where(check => check.IsWarning).Select(check => $"{check.Name}: {check.Reason}");

    /// <summary>Whether every judgement of the last <see cref="Wait"/> was good.</summary>
    public bool WasReady { get; private set; }

    /// <summary>Plays the script to its end.</summary>
    public WatchedService Play()
    {
        do
        {
            _pipeline.Step(TimeSpan.Zero);
        }
        while (!Source.IsUsedUp);

        _state.Publish(_pipeline, Source);
        return this;
    }

    /// <summary>What has been published.</summary>
    public Live.Snapshot Snapshot => _state.Current;

    /// <summary>Judges what has been published.</summary>
    public HealthReport Judge() => _health.Judge(Snapshot, TimeSpan.Zero, Clock.GetElapsedTime(0));

    /// <summary>Lets time pass, and plays what is added to the script at the start of each step.</summary>
    /// <param name="time">How much, a whole number of steps.</param>
    /// <param name="step">The length of a step; a second without it.</param>
    /// <param name="each">Adds to the script.</param>
    public WatchedService Wait(TimeSpan time, TimeSpan? step = null, Action? each = null)
    {
        WasReady = true;
        var length = step ?? Second;
        for (var passed = TimeSpan.Zero; passed < time; passed += length)
        {
            each?.Invoke();
            for (var seconds = TimeSpan.Zero; seconds < length; seconds += Second)
            {
                Clock.Advance(length < Second ? length : Second);
                WasReady &= Play().Judge().IsReady;
            }
        }

        return this;
    }
}
