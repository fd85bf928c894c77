using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Enumerates the cells of a CSV row (RFC 4180, with any separator): quoted if they contain separators, quotes (doubled) or line ends.
/// </summary>
/// <remarks>
/// Sep, Sylvan.Data.Csv and CsvHelper are not used: they decode to UTF-16, and their cells are spans of their own buffers. Here a cell is a
/// place in the event's own bytes, and malformed quotes reject the row alone.
/// </remarks>
/// <param name="row">The row.</param>
/// <param name="separator">What separates cells.</param>
/// <param name="isPadded">Whether blanks around separators are not part of the cells.</param>
internal ref struct CsvCells(ReadOnlySpan<byte> row, byte separator, bool isPadded)
{
    private readonly ReadOnlySpan<byte> _row = row;
    private readonly byte _separator = separator;
    private readonly bool _isPadded = isPadded;
    private int _at;
    private bool _isAtEnd;

    /// <summary>The cells of a row below a header.</summary>
    public CsvCells(ReadOnlySpan<byte> row, CsvHeader header)
        : this(row, header.Separator, header.IsPadded)
    {
    }

    /// <summary>Whether a quoted cell so far is not closed, or continues after its closing quote.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The place of the next cell, without its quotes.</summary>
    /// <param name="start">The index of its first byte.</param>
    /// <param name="length">The number of its bytes.</param>
    /// <param name="isEscaped">Whether it contains doubled quotes.</param>
    /// <returns>False after the last cell.</returns>
    public bool MoveNext(out int start, out int length, out bool isEscaped)
    {
        isEscaped = false;
        if (_isAtEnd)
        {
            (start, length) = (_at, 0);
            return false;
        }

        if (_isPadded)
        {
            SkipBlanks();
        }

        start = _at;
        length = 0;
        var isQuoted = _at < _row.Length && _row[_at] == '"';
        if (isQuoted)
        {
            start++;
            length = ReadQuoted(start, out isEscaped);
            _at = Math.Min(_row.Length, start + length + 1);
            if (_isPadded)
            {
                SkipBlanks();
            }
        }

        var separator = _row[_at..].IndexOf(_separator);
        var end = separator < 0 ? _row.Length : _at + separator;
        IsMalformed |= isQuoted && end != _at;
        if (!isQuoted)
        {
            length = _isPadded ? _row[start..end].TrimEnd((byte)' ').Length : end - start;
        }

        _isAtEnd = separator < 0;
        _at = end + 1;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _row.Length && _row[_at] == ' ')
        {
            _at++;
        }
    }

    // The length of the quoted cell that starts after its opening quote.
    private int ReadQuoted(int start, out bool isEscaped)
    {
        isEscaped = false;
        for (var at = start; ; at += 2)
        {
            var quote = _row[at..].IndexOf((byte)'"');
            if (quote < 0)
            {
                IsMalformed = true;
                return _row.Length - start;
            }

            at += quote;
            if (at + 1 >= _row.Length || _row[at + 1] != '"')
            {
                return at - start;
            }

            isEscaped = true;
        }
    }
}
