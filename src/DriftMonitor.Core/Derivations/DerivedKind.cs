namespace DriftMonitor.Core.Derivations;

/// <summary>What a derived field is.</summary>
public enum DerivedKind
{
    /// <summary>x minus the x before.</summary>
    Difference,

    /// <summary>The absolute difference between x and the x before.</summary>
    AbsoluteDifference,

    /// <summary>x minus the median of the last n x before it.</summary>
    DeviationFromLast,

    /// <summary>x minus the median of the last x of earlier days at the same time of day.</summary>
    DeviationFromDays,

    /// <summary>The number of code points of a string, or of elements of an array.</summary>
    Length,

    /// <summary>The event time since the event before, in seconds.</summary>
    Gap,

    /// <summary>Whether x is there.</summary>
    Present,

    /// <summary>The hour of the event time, 0 to 23, in UTC.</summary>
    Hour,

    /// <summary>The number of events in a pane: one value for each pane that closes.</summary>
    Volume,

    /// <summary>−ln of the probability that was predicted for the label, in nats.</summary>
    LogLoss,

    /// <summary>The actual value minus the predicted one.</summary>
    Residual,

    /// <summary>The absolute difference between the actual value and the predicted one.</summary>
    AbsoluteResidual,

    /// <summary>Whether two fields have the same category.</summary>
    Match,
}
