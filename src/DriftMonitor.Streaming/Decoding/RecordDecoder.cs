using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Decodes the events of a record: one, or as many as an array in it has elements.</summary>
/// <remarks>Not thread-safe: it keeps its place in the last record.</remarks>
/// <param name="fields">The fields of an event; a field's index is its place in the list.</param>
/// <param name="unpack">The array whose elements are the events; null if a record is an event.</param>
public sealed class RecordDecoder(IReadOnlyList<FieldPath> fields, FieldPath? unpack)
{
    private readonly EventDecoder? _records = unpack is null ? null : new EventDecoder([unpack]);

    /// <summary>The array whose elements are the events; null if a record is an event.</summary>
    public FieldPath? Unpack => unpack;

    /// <summary>The same, if the last record was rejected because of it; otherwise null.</summary>
    public FieldPath? Fault { get; private set; }

    /// <summary>Has decoded the event that was read last.</summary>
    public EventDecoder Event { get; } = new(fields);

    /// <summary>Decodes a record.</summary>
    /// <param name="raw">The record.</param>
    /// <param name="events">Its events, if it is not rejected.</param>
    /// <returns><see cref="Rejection.None"/>, or why none of its events can be read.</returns>
    /// <exception cref="SourceException">
    /// See <see cref="EventDecoder.Decode"/>; or the record is a row of CSV, and its events should be in an array.
    /// </exception>
    public Rejection Decode(in RawEvent raw, out RecordEvents events)
    {
        events = new RecordEvents(Event);
        Fault = null;
        if (_records is null)
        {
            return Event.Decode(raw);
        }

        var rejection = _records.Decode(raw);
        if (rejection == Rejection.None)
        {
            rejection = Check(raw, _records[0], unpack!);
            Fault = rejection == Rejection.None ? null : unpack;
            events = rejection == Rejection.None ? new RecordEvents(Event, raw.Value, _records[0]) : events;
        }

        return rejection;
    }

    /// <summary>Checks that a field holds events.</summary>
    /// <param name="raw">The record, which is well-formed.</param>
    /// <param name="array">The place of the field.</param>
    /// <param name="unpack">The field.</param>
    /// <returns>
    /// <see cref="Rejection.None"/>; <see cref="Rejection.Schema"/> if there is no array, or <see cref="Rejection.TooLarge"/> if it has
    /// more than <see cref="ArrayElements.Most"/> elements.
    /// </returns>
    /// <exception cref="SourceException">The record is a row of CSV.</exception>
    internal static Rejection Check(in RawEvent raw, FieldToken array, FieldPath unpack) =>
        raw.Header is not null
            ? throw new SourceException(
                $"the events are CSV, and Unpack is {unpack}, an array of JSON: remove Unpack for this file, or read JSON")
        : !ArrayElements.IsArray(array, raw.Value) ? Rejection.Schema
        : ArrayElements.AreTooMany(raw.Value, array) ? Rejection.TooLarge
        : Rejection.None;

    /// <summary>What is wrong with a record that <see cref="Check"/> rejected, as the end of a sentence.</summary>
    internal static string DescribeFault(Rejection rejection, FieldPath unpack) => rejection == Rejection.Schema
        ? unpack.Steps.Count == 0 ? "is no array (see Unpack)" : $"has no array at \"{unpack}\" (see Unpack)"
        : $"has more than {ArrayElements.Most} events";

    /// <summary>Goes through the events of a record.</summary>
    public ref struct RecordEvents
    {
        private readonly EventDecoder _decoder;
        private readonly bool _isUnpacked;
        private ArrayElements _elements;
        private bool _isRead;

        /// <summary>A record that is an event, which has been decoded.</summary>
        public RecordEvents(EventDecoder decoder) => _decoder = decoder;

        /// <summary>A record whose events are the elements of an array.</summary>
        public RecordEvents(EventDecoder decoder, ReadOnlySpan<byte> record, FieldToken array)
        {
            (_decoder, _isUnpacked) = (decoder, true);
            _elements = new ArrayElements(record, array);
        }

        /// <summary>Decodes the next event.</summary>
        /// <returns>False if there is none.</returns>
        public bool MoveNext()
        {
            if (_isUnpacked)
            {
                return _elements.MoveNext(_decoder);
            }

            var isFirst = !_isRead;
            _isRead = true;
            return isFirst;
        }
    }
}
