namespace DriftMonitor.Streaming.Events;

/// <summary>The first row of a CSV file: the name of each column, and how cells are written.</summary>
/// <param name="Columns">The names in order.</param>
public sealed record CsvHeader(IReadOnlyList<string> Columns)
{
    /// <summary>What separates cells: a comma, semicolon, tab or vertical bar.</summary>
    public byte Separator { get; init; } = (byte)',';

    /// <summary>Whether blanks around separators are not part of the cells.</summary>
    public bool IsPadded { get; init; }

    /// <summary>The decimal mark of each column; empty if it is a point in all of them.</summary>
    public IReadOnlyList<DecimalMark> DecimalMarks { get; init; } = [];

    /// <summary>
    /// The fewest cells that a row must have: as many as there are columns, less those without a name at the end, which a separator at the
    /// end of the header makes.
    /// </summary>
    public int RequiredCells { get; } = 1 + Enumerable.Range(0, Columns.Count).LastOrDefault(column => Columns[column].Length > 0);

    /// <summary>Whether another header has the same columns, written in the same way.</summary>
    public bool IsSameAs(CsvHeader other) =>
        Separator == other.Separator
        && IsPadded == other.IsPadded
        && Columns.SequenceEqual(other.Columns)
        && DecimalMarks.SequenceEqual(other.DecimalMarks);

    /// <summary>The decimal mark of a column.</summary>
    public DecimalMark DecimalMarkOf(int column) => column < DecimalMarks.Count ? DecimalMarks[column] : DecimalMark.Point;
}
