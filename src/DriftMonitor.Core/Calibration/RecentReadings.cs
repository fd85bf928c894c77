namespace DriftMonitor.Core.Calibration;

/// <summary>The newest z of a window, pane by pane; NaN where there is none.</summary>
internal sealed class RecentReadings
{
    /// <summary>How many are kept.</summary>
    public const int Most = 100_000;

    private readonly List<double> _readings = [];

    /// <summary>Adds that of the next pane.</summary>
    public void Add(double z)
    {
        if (_readings.Count == 2 * Most)
        {
            _readings.RemoveRange(0, Most); // not one by one: each would move all the others
        }

        _readings.Add(z);
    }

    /// <summary>Those that are kept, oldest first.</summary>
    public double[] ToArray() => [.. _readings[Math.Max(0, _readings.Count - Most)..]];
}
