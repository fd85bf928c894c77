using System.Diagnostics.CodeAnalysis;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Locates fields in a CSV row: each is the column of its name.</summary>
internal sealed class CsvFieldLocator
{
    private readonly IReadOnlyList<FieldPath> _fields;
    private readonly FieldToken[] _tokens;
    private CsvHeader? _header; // that _fieldOfColumn is for
    private int[] _fieldOfColumn = [];
    private DecimalMark[] _decimalMarks = []; // by column

    /// <param name="fields">The fields.</param>
    /// <param name="tokens">Where to write what was found: one token per field, all of them missing before each call.</param>
    public CsvFieldLocator(IReadOnlyList<FieldPath> fields, FieldToken[] tokens)
    {
        _fields = fields;
        _tokens = tokens;
    }

    /// <summary>Locates the fields in a row.</summary>
    /// <returns>
    /// <see cref="Rejection.None"/>, or <see cref="Rejection.Malformed"/> if the quotes of a cell are malformed or the row has not as many
    /// cells as its header, empty ones at the end aside.
    /// </returns>
    /// <exception cref="SourceException">The header has two columns of the name of a field.</exception>
    public Rejection Locate(ReadOnlySpan<byte> row, CsvHeader header)
    {
        if (!ReferenceEquals(header, _header))
        {
            SetHeader(header);
        }

        var cells = new CsvCells(row, header);
        var count = 0;
        var columns = _fieldOfColumn.Length;
        var hasMoreThanColumns = false;
        while (cells.MoveNext(out var start, out var length, out var isEscaped))
        {
            if (count >= columns)
            {
                hasMoreThanColumns |= length > 0;
            }
            else if (_fieldOfColumn[count] is >= 0 and var field)
            {
                _tokens[field] = length == 0 ? default
                    : new FieldToken(FieldKind.Cell, isEscaped, start, length) { DecimalMark = _decimalMarks[count] };
            }

            count++;
        }

        return count >= header.RequiredCells && !hasMoreThanColumns && !cells.IsMalformed ? Rejection.None : Rejection.Malformed;
    }

    private void SetHeader(CsvHeader header)
    {
        _header = header;
        _fieldOfColumn = [.. header.Columns.Select(column => FindField(column, header.Columns))];
        _decimalMarks = [.. Enumerable.Range(0, header.Columns.Count).Select(header.DecimalMarkOf)];
        var repeated = _fieldOfColumn.Where(field => field >= 0).GroupBy(field => field).FirstOrDefault(columns => columns.Count() > 1);
        if (repeated is not null)
        {
            ThrowRepeatedColumn(_fields[repeated.Key].Text);
        }
    }

    // A column as it stands comes before one whose name a path quotes.
    private int FindField(string column, IReadOnlyList<string> columns)
    {
        for (var field = 0; field < _fields.Count; field++)
        {
            var path = _fields[field];
            if (path.Text == column || (path.Steps is [{ Name: { } name }] && name == column && !columns.Contains(path.Text)))
            {
                return field;
            }
        }

        return -1;
    }

    [DoesNotReturn]
    private static void ThrowRepeatedColumn(string name) =>
        throw new SourceException($"the CSV header has two columns named \"{name}\": rename one of them");
}
