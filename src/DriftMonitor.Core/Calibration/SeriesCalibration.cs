using DriftMonitor.Core.Readings;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Calibration;

/// <summary>Where the calibration of a series comes from. Each way is a class of its own.</summary>
public abstract class SeriesCalibration
{
    private protected SeriesCalibration()
    {
    }

    /// <summary>How readings fluctuate while nothing is wrong, for each window; null where that is not known, or not yet.</summary>
    public abstract IReadOnlyList<WindowCalibration>? Windows { get; }

    /// <summary>Whether the series is still learning it: readings have no return period yet.</summary>
    public abstract bool IsLearning { get; }

    /// <summary>V̄, where the reference has none of its own; null where it is unknown.</summary>
    public virtual double? MeanEvents => null;

    /// <summary>
    /// Whether it learns nothing from further panes without events. Asked while <see cref="WindowReader.IsSteady"/> is true.
    /// </summary>
    public virtual bool IsSteady => true;

    /// <summary>Learns from the readings of a pane.</summary>
    /// <param name="readings">One for each window.</param>
    /// <param name="reader">The reader that took them.</param>
    public virtual void Observe(IReadOnlyList<Reading> readings, WindowReader reader)
    {
    }

    /// <summary>Saves or loads what it has learned.</summary>
    internal virtual void Exchange(StateExchange state)
    {
    }
}
