using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>The content of a reference file in the format <c>driftmonitor.reference/1</c>: a field and its counts.</summary>
/// <param name="Field">The field's path.</param>
/// <param name="Reference">The counts, and the period that they are from.</param>
/// <param name="Calibration">
/// How the reference's own readings fluctuate, by the length of the window as written, such as <c>24h</c>; empty if the file has no
/// calibration.
/// </param>
public sealed record ReferenceFile(string Field, Reference Reference, IReadOnlyDictionary<string, WindowCalibration> Calibration)
{
    /// <summary>The name and version of the format.</summary>
    public const string Format = "driftmonitor.reference/1";

    /// <summary>The key that says whether numbers in JSON strings are numbers, where the bins have edges.</summary>
    internal const string TextNumbers = "text_numbers";

    /// <summary>The key that says whether equal numbers in CSV cells are one category, where the bins are categories.</summary>
    internal const string NumberLabels = "number_labels";

    /// <summary>The key of the filter: which events were counted.</summary>
    internal const string WhereKey = "where";
    /// <summary>The key of the counts of all pairs, row by row, where the bins are pairs.</summary>
    internal const string Joint = "joint";

    /// <summary>The key of what a reference that grows remembers: see <see cref="GrowingFile"/>.</summary>
    internal const string SoFar = "so_far";

    /// <summary>The two fields that it is of; null for one, which is <see cref="Field"/>.</summary>
    public PairOfFields? Fields { get; init; }

    /// <summary>The length of the panes that the calibration counts in; null if the file does not say.</summary>
    public TimeSpan? Pane { get; init; }

    /// <summary>
    /// The first and the last pane end of the readings that the calibration was made from, where these are not of the reference's own
    /// period.
    /// </summary>
    public Period? CalibratedOver { get; init; }

    /// <summary>
    /// The fields whose values are the segments, as <see cref="SegmentFields.Text"/>; null if there are no segments, or if the file does
    /// not say.
    /// </summary>
    public string? SegmentBy { get; init; }

    /// <summary>Which events were counted; null for all, or if the file does not say.</summary>
    public EventFilter? Where { get; init; }

    /// <summary>
    /// The counts of each hour of the week, from Monday 00:00 UTC, each in the order of the bins; their sum is that of
    /// <see cref="Reference"/>. Null if the file has none.
    /// </summary>
    public IReadOnlyList<long[]>? HourOfWeek { get; init; }

    /// <summary>
    /// The segments, each with its own counts in the same bins and period. <see cref="Reference"/> counts the events of all segments.
    /// </summary>
    public IReadOnlyDictionary<string, SegmentReference> Segments { get; init; } = new Dictionary<string, SegmentReference>();

    /// <summary>
    /// The regimes, the first of them being <see cref="Reference"/>; none where that is all. <see cref="Calibration"/> is of readings that
    /// are taken from the nearest of them.
    /// </summary>
    public IReadOnlyList<RegimeEntry> Regimes { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <exception cref="ReferenceException">The file cannot be read, or its content is not valid.</exception>
    public static ReferenceFile Read(string path, double pseudoCount) => ReferenceReader.Read(path, pseudoCount);

    /// <summary>Checks whether a file can be written, without writing it.</summary>
    /// <exception cref="ReferenceException">It cannot be written.</exception>
    public static void EnsureWritable(string path) => AtomicFile.EnsureWritable(path);

    /// <summary>Writes the file atomically: another process sees the old file or the new one, never a part of it.</summary>
    /// <exception cref="ReferenceException">It cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>The file's text.</summary>
    public string ToJson() => ReferenceWriter.ToJson(this);
}
