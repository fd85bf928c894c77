using System.Text;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Which events a monitor counts: those in which a field has one of some values.</summary>
/// <remarks>
/// Values are compared as those of a categorical field are: as text, and JSON numbers by their value, so that 17, 17.0 and 1.7e1 are the
/// same; cells of CSV too where all the values are numbers. An event without the field is not counted.
/// </remarks>
public sealed class EventFilter : IEquatable<EventFilter>
{
    private readonly CategoricalBinning _values;

    /// <summary>A filter.</summary>
    /// <param name="field">The field.</param>
    /// <param name="values">The values of the events that are counted; at least one.</param>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public EventFilter(FieldPath field, IEnumerable<string> values)
    {
        Field = field;
        string[] distinct = [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var areNumbers = Array.TrueForAll(distinct, value => NumberText.IsJsonNumber(Encoding.UTF8.GetBytes(value)));
        distinct = areNumbers ? [.. distinct.Select(value => NumberLabel.Of(value) ?? value).Distinct(StringComparer.Ordinal)] : distinct;
        _values = new CategoricalBinning(distinct, areNumbers);
    }

    /// <summary>The field.</summary>
    public FieldPath Field { get; }

    /// <summary>The values; numbers by their labels.</summary>
    public IReadOnlyList<string> Values => _values.Values;

    /// <summary>Whether an event is counted.</summary>
    /// <param name="decoder">Has decoded the event last.</param>
    /// <param name="field">The field's index there.</param>
    /// <param name="value">The event's bytes.</param>
    internal bool Matches(EventDecoder decoder, int field, ReadOnlySpan<byte> value) =>
        decoder.BinOf(field, _values, value) < _values.Unseen;

    /// <inheritdoc/>
    public bool Equals(EventFilter? other) => other is not null && Field.Equals(other.Field) && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EventFilter);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Field, Values.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{Field} in [{string.Join(", ", Values)}]";
}
