using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>How a file is divided into rows.</summary>
/// <param name="IsCsv">Whether quoted cells may contain line ends; otherwise each line is a row.</param>
/// <param name="Separator">What separates the cells of CSV.</param>
/// <param name="IsPadded">Whether blanks may precede a cell's opening quote.</param>
internal readonly record struct RowFormat(bool IsCsv, byte Separator, bool IsPadded)
{
    /// <summary>Each line is a row.</summary>
    public static readonly RowFormat Lines;

    /// <summary>The rows below a header.</summary>
    public static RowFormat Of(CsvHeader header) => new(IsCsv: true, header.Separator, header.IsPadded);
}
