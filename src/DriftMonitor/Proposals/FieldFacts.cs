using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>What a sample of events shows of a field.</summary>
internal sealed record FieldFacts
{
    /// <summary>The field.</summary>
    public required FieldPath Field { get; init; }

    /// <summary>The events in the sample.</summary>
    public required long Events { get; init; }

    /// <summary>Those without the field, or with null.</summary>
    public long Missing { get; init; }

    /// <summary>Those in which it is an object or an array.</summary>
    public long Composites { get; init; }

    /// <summary>
    /// Whether <c>reference build</c> would take the values for numbers: most are, and none is written with a leading zero.
    /// </summary>
    public bool IsNumeric { get; init; }

    /// <summary>Whether all numbers are whole.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The largest magnitude of a number.</summary>
    public double Largest { get; init; }

    /// <summary>Whether the values are times.</summary>
    public bool IsTime { get; init; }

    /// <summary>The number of distinct values.</summary>
    public long Distinct { get; init; }

    /// <summary>How many of the most frequent values it takes to hold 90 % of the values.</summary>
    public long DistinctForMost { get; init; }

    /// <summary>Words in a text, on average; 0 without texts.</summary>
    public double MeanWords { get; init; }

    /// <summary>The share of steps, from a number to the next in event time, that do not fall.</summary>
    public double RisingShare { get; init; }

    /// <summary>How often the value is another one than that of the event before, in event time.</summary>
    public long Changes { get; init; }

    /// <summary>
    /// The same for events in random order: (n − 1) · (1 − Σ pᵢ²), with n values and the share pᵢ of each.
    /// </summary>
    public double ChangesAtRandom { get; init; }

    /// <summary>The time from the first value to the last.</summary>
    public TimeSpan Span { get; init; }

    /// <summary>The events with a value that is neither an object nor an array.</summary>
    public long Values => Events - Missing - Composites;
}
