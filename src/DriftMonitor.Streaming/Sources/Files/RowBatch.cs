using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Rows of files, each in the buffer of its file's <see cref="RowReader"/> until that reads on.</summary>
/// <param name="files">The files, by partition.</param>
internal sealed class RowBatch(FilePartition[] files) : EventBatch
{
    private const int Capacity = 4096;

    private readonly Row[] _rows = new Row[Capacity];
    private readonly int[] _partitions = new int[Capacity];

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is no room for another row.</summary>
    public bool IsFull => Count == Capacity;

    /// <inheritdoc/>
    public override RawEvent this[int place]
    {
        get
        {
            ref readonly var row = ref _rows[place];
            var file = files[_partitions[place]];
            return new RawEvent
            {
                Partition = file.Index,
                Offset = row.Number,
                Value = file.BytesOf(row),
                IsTooLarge = row.IsTooLarge,
                File = file.Path,
                Header = file.Header,
            };
        }
    }

    /// <summary>Removes all rows and signals.</summary>
    public void Clear()
    {
        ClearRuns();
        Count = 0;
    }

    /// <summary>Appends a row of a file.</summary>
    public void Append(FilePartition file, in Row row)
    {
        AppendEvent(topic: 0, file.Index, Count);
        _partitions[Count] = file.Index;
        _rows[Count++] = row;
    }

    /// <summary>Appends a signal of the source.</summary>
    public void Append(SourceSignal signal, int partition = 0) => AppendSignal(signal, topic: 0, partition);
}
