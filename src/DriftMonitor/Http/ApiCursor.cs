using System.Buffers.Text;
using System.Runtime.InteropServices;
using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>A place among the series of all monitors: that of the last one in an answer, after which the next answer starts.</summary>
/// <remarks>
/// It names a series and does not number it, so that series that appear between two answers move nothing. Clients pass it on as it is.
/// </remarks>
/// <param name="Monitor">The name of the monitor.</param>
/// <param name="Segment">The segment; null for a monitor without series.</param>
internal sealed record ApiCursor(string Monitor, string? Segment)
{
    private const char Separator = '\0'; // no monitor has one in its name

    /// <summary>The text for a URL.</summary>
    public override string ToString()
    {
        // UTF-16, because a segment may hold half a surrogate pair, which UTF-8 does not.
        var text = Segment is null ? Monitor : Monitor + Separator + Segment;
        return Base64Url.EncodeToString(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    /// <summary>Reads a text; null for one that <see cref="ToString"/> does not write.</summary>
    public static ApiCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text, out var length) || length % sizeof(char) != 0)
        {
            return null;
        }

        var parts = new string(MemoryMarshal.Cast<byte, char>(Base64Url.DecodeFromChars(text))).Split(Separator, 2);
        return new ApiCursor(parts[0], parts.Length > 1 ? parts[1] : null);
    }

    /// <summary>Whether a series of this cursor's monitor comes after it.</summary>
    public bool IsBefore(SeriesSnapshot series) => Segment is null || string.CompareOrdinal(Segment, series.Segment) < 0;
}
