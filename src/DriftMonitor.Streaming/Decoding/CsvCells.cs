namespace DriftMonitor.Streaming.Decoding;

/// <summary>The cells of a CSV row (RFC 4180): separated by commas, quoted where they hold commas, quotes (doubled) or line ends.</summary>
internal ref struct CsvCells(ReadOnlySpan<byte> row)
{
    private readonly ReadOnlySpan<byte> _row = row;
    private int _at;
    private bool _ended;

    /// <summary>Whether a quoted cell does not end, or goes on after its closing quote.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next cell's place, without its quotes.</summary>
    public bool MoveNext(out int start, out int length, out bool isEscaped)
    {
        start = _at;
        length = 0;
        isEscaped = false;
        if (_ended)
        {
            return false;
        }

        var isQuoted = _at < _row.Length && _row[_at] == '"';
        if (isQuoted)
        {
            start++;
            length = Quoted(start, out isEscaped);
            _at = Math.Min(_row.Length, start + length + 1);
        }

        var comma = _row[_at..].IndexOf((byte)',');
        var end = comma < 0 ? _row.Length : _at + comma;
        IsMalformed |= isQuoted && end != _at;
        length = isQuoted ? length : end - start;
        _ended = comma < 0;
        _at = end + 1;
        return true;
    }

    private int Quoted(int start, out bool isEscaped)
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
