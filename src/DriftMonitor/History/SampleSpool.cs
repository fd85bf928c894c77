using System.Runtime.InteropServices;

namespace DriftMonitor.History;

/// <summary>
/// Samples for which there is no room in memory, in one file. It is made when it is needed and deleted when it is closed; its space is used
/// again when nothing in it is needed any more.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class SampleSpool(string path) : IDisposable
{
    private FileStream? _file;
    private long _needed; // samples

    /// <summary>Appends samples.</summary>
    /// <returns>Where they are.</returns>
    /// <exception cref="HistoryException">They cannot be written.</exception>
    public long Write(ReadOnlySpan<HistorySample> samples)
    {
        try
        {
            _file ??= new FileStream(
                path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 64 * 1024, FileOptions.DeleteOnClose);
            var offset = _file.Seek(0, SeekOrigin.End);
            _file.Write(MemoryMarshal.AsBytes(samples));
            _needed += samples.Length;
            return offset;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryException($"cannot write {path}: {HistoryException.ReasonOf(e)}: make room for the samples of some days", e);
        }
    }

    /// <summary>Reads samples.</summary>
    /// <param name="offset">Where they are.</param>
    /// <param name="samples">Receives as many.</param>
    /// <exception cref="HistoryException">They cannot be read.</exception>
    public void Read(long offset, Span<HistorySample> samples)
    {
        try
        {
            _file!.Position = offset;
            _file.ReadExactly(MemoryMarshal.AsBytes(samples));
        }
        catch (IOException e)
        {
            throw new HistoryException($"cannot read {path} again: {HistoryException.ReasonOf(e)}", e);
        }
    }

    /// <summary>So many samples are not needed any more.</summary>
    public void Release(long samples)
    {
        _needed -= samples;
        if (_needed == 0)
        {
            _file?.SetLength(0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
