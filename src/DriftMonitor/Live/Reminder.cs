namespace DriftMonitor.Live;

/// <summary>When to say again what stays true: at once, after a minute, two, four, and so on, up to an hour.</summary>
/// <param name="clock">Measures the intervals.</param>
internal sealed class Reminder(TimeProvider clock)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private long? _said;
    private TimeSpan _interval;

    /// <summary>Whether it is due; if so, it has been said now.</summary>
    public bool TryTake()
    {
        if (_said is { } said && clock.GetElapsedTime(said) < _interval)
        {
            return false;
        }

        _interval = _said is null ? Shortest : 2 * _interval < Longest ? 2 * _interval : Longest;
        _said = clock.GetTimestamp();
        return true;
    }

    /// <summary>It is no longer true: the next time, it is due at once.</summary>
    public void Reset() => _said = null;
}
