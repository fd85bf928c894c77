namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Searches for the end of a row while more of the row is read.</summary>
/// <param name="format">How the file is divided into rows.</param>
internal struct RowEndScanner(RowFormat format)
{
    private readonly RowFormat _format = format;
    private int _scanned;

    // The byte after the last closing quote: a quote there is the second of a doubled one. At first it is the row's start, where a quote
    // opens a cell.
    private int _afterQuote;
    private byte _lastDiscarded;
    private bool _isInQuotes;

    /// <summary>How many line ends the open quotes contain.</summary>
    public int LinesInQuotes { get; private set; }

    /// <summary>The place of the row's line end; −1 if it has not been read yet.</summary>
    /// <param name="unread">The row as far as it has been read, and possibly more: each time from the same start.</param>
    public int FindEnd(ReadOnlySpan<byte> unread)
    {
        while (_scanned < unread.Length)
        {
            var rest = unread[_scanned..];
            var step = _format.IsCsv ? rest.IndexOfAny((byte)'\n', (byte)'"') : rest.IndexOf((byte)'\n');
            if (step < 0)
            {
                _scanned = unread.Length;
                return -1;
            }

            var at = _scanned + step;
            _scanned = at + 1;
            if (unread[at] == '\n')
            {
                if (!_isInQuotes)
                {
                    return at;
                }

                LinesInQuotes++;
            }
            else if (_isInQuotes)
            {
                _isInQuotes = false;
                LinesInQuotes = 0;
                _afterQuote = _scanned;
            }
            else
            {
                // A quote within an unquoted cell (5" pipe) is an ordinary character.
                _isInQuotes = IsAtCellStart(unread, at);
            }
        }

        return -1;
    }

    /// <summary>Continues without the bytes scanned so far: the next call gets what follows them.</summary>
    public void Discard(ReadOnlySpan<byte> scanned)
    {
        _lastDiscarded = scanned[^1];
        _afterQuote = _afterQuote == _scanned ? 0 : -1;
        _scanned = 0;
    }

    private readonly bool IsAtCellStart(ReadOnlySpan<byte> unread, int at)
    {
        if (at == _afterQuote)
        {
            return true;
        }

        if (_format.IsPadded)
        {
            while (at > 0 && unread[at - 1] == ' ')
            {
                at--;
            }
        }

        return (at > 0 ? unread[at - 1] : _lastDiscarded) == _format.Separator || (at == 0 && _afterQuote == 0);
    }
}
