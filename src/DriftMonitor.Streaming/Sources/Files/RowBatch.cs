using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Rows of one file, which lie in the buffer of a <see cref="RowReader"/> until it reads on.</summary>
/// <param name="reader">The reader.</param>
internal sealed class RowBatch(RowReader reader) : EventBatch
{
    private const int Capacity = 4096;

    private readonly Row[] _rows = new Row[Capacity];

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is no room for another row.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>The path of the file.</summary>
    public string? File { get; set; }

    /// <summary>The header of the CSV file; null where the values are JSON.</summary>
    public CsvHeader? Header { get; set; }

    /// <inheritdoc/>
    public override RawEvent this[int place]
    {
        get
        {
            ref readonly var row = ref _rows[place];
            return new RawEvent
            {
                Offset = row.Number,
                Value = reader.BytesOf(row),
                IsTooLarge = row.IsTooLarge,
                File = File,
                Header = Header,
            };
        }
    }

    /// <summary>Removes all rows and signals.</summary>
    public void Clear()
    {
        ClearRuns();
        Count = 0;
    }

    /// <summary>Appends a row.</summary>
    public void Append(in Row row)
    {
        AppendEvent(topic: 0, partition: 0, Count);
        _rows[Count++] = row;
    }

    /// <summary>Appends a signal of the source.</summary>
    public void Append(SourceSignal signal) => AppendSignal(signal);
}
