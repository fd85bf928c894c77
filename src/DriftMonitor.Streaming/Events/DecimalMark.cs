namespace DriftMonitor.Streaming.Events;

/// <summary>What separates the whole part of a number from its fraction in the cells of a CSV column.</summary>
public enum DecimalMark
{
    /// <summary>A point: <c>13.6</c>.</summary>
    Point,

    /// <summary>A comma: <c>13,6</c>. A cell with a point is then no number, because <c>1.234</c> may mean 1234.</summary>
    Comma,

    /// <summary>Neither occurs in the first rows, so that either may follow.</summary>
    Either,

    /// <summary>Both occur in the first rows, so that a cell with either is no number: <c>1,5</c> and <c>1.500</c>.</summary>
    Unsure,
}
