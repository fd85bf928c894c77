namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>A line or a CSV row that a <see cref="RowReader"/> has read.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Start">Where it lies in the reader's buffer.</param>
/// <param name="Length">Its length in bytes without the line end; 0 if it is too large.</param>
/// <param name="IsTooLarge">Whether it is longer than allowed.</param>
internal readonly record struct Row(long Number, int Start, int Length, bool IsTooLarge);
