using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Notices that the rows of a file are not UTF-8: most are in Latin-1, and lose each row with an accent.</summary>
/// <remarks>
/// A file in another encoding has hardly a row that is valid UTF-8 beyond ASCII; a damaged row of a UTF-8 file is among many that are
/// valid, or is one of a few.
/// </remarks>
/// <param name="file">The file.</param>
internal sealed class TextEncoding(InputFile file)
{
    /// <summary>How to convert a file.</summary>
    public const string Remedy = "if it is in Latin-1 or Windows-1252, convert it, for example with iconv -f WINDOWS-1252 -t UTF-8";

    private const int FewestWhileReading = 20; // rows that are not UTF-8, before the end of the file is known
    private const int FewestAtEnd = 2;
    private const double SmallestShare = 0.05;

    private long _valid; // rows beyond ASCII that are UTF-8
    private long _invalid;
    private long _firstInvalid; // its number

    /// <summary>Counts a row of a block that is not only ASCII.</summary>
    /// <param name="row">The row.</param>
    /// <param name="number">Its number.</param>
    /// <exception cref="SourceException">The file is in another encoding.</exception>
    public void Count(ReadOnlySpan<byte> row, long number)
    {
        if (Ascii.IsValid(row))
        {
            return;
        }

        if (Utf8.IsValid(row))
        {
            _valid++;
            return;
        }

        _firstInvalid = _invalid++ == 0 ? number : _firstInvalid;
        if (_invalid >= FewestWhileReading)
        {
            RefuseOther(number);
        }
    }

    /// <summary>Concludes at the end of the file.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <returns>A warning of rows that are not UTF-8; null if there are none.</returns>
    /// <exception cref="SourceException">The file is in another encoding.</exception>
    public string? Conclude(long rows)
    {
        if (_invalid >= FewestAtEnd)
        {
            RefuseOther(rows);
        }

        return _invalid > 0
            ? $"{file.Name}: {_invalid} of {rows} rows are not UTF-8 and count as malformed, the first is row {_firstInvalid}: {Remedy}"
            : null;
    }

    private void RefuseOther(long rows)
    {
        if (_valid == 0 && _invalid >= rows * SmallestShare)
        {
            Throw(rows);
        }
    }

    [DoesNotReturn]
    private void Throw(long rows) => throw new SourceException(
        $"{file.Name} is not UTF-8: {_invalid} of the first {rows} rows would be lost, the first is row {_firstInvalid}: {Remedy}");
}
