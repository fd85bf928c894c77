using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming;

/// <summary>What a monitor counts of the events of a <see cref="DecodedEvents"/>, in columns.</summary>
internal sealed class TargetColumns
{
    private readonly MonitorTarget _target;
    private readonly int[] _bins;
    private readonly FieldToken[] _values;
    private readonly int[] _referenceBins;
    private readonly FieldToken[] _segments;

    /// <summary>Empty columns for a monitor.</summary>
    public TargetColumns(in MonitorTarget target)
    {
        _target = target;
        var countsValues = target.Monitor.CountsValues;
        _bins = countsValues ? [] : new int[DecodedEvents.Capacity];
        _values = countsValues ? new FieldToken[DecodedEvents.Capacity] : [];
        _referenceBins = target.ReferenceField == MonitorTarget.None ? [] : new int[DecodedEvents.Capacity];
        _segments = target.SegmentField == MonitorTarget.None ? [] : new FieldToken[DecodedEvents.Capacity];
    }

    /// <summary>The bins of the values; empty where these are found later.</summary>
    public ReadOnlySpan<int> Bins => _bins;

    /// <summary>The values' places in the events, where their bins are found later; otherwise empty.</summary>
    public ReadOnlySpan<FieldToken> Values => _values;

    /// <summary>Whether numbers among the values may be categories.</summary>
    public bool NeedsLabels => _target.Monitor.NeedsLabels;

    /// <summary>The bins of the other field, where the reference is one; otherwise empty.</summary>
    public ReadOnlySpan<int> ReferenceBins => _referenceBins;

    /// <summary>The segments' places in the events, where the monitor has segments; otherwise empty.</summary>
    public ReadOnlySpan<FieldToken> Segments => _segments;

    /// <summary>Fills in an event.</summary>
    /// <param name="i">Its place in the columns.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="decoder">Has decoded it last.</param>
    public void Decode(int i, ReadOnlySpan<byte> value, EventDecoder decoder)
    {
        if (_values.Length > 0)
        {
            _values[i] = decoder[_target.ValueField];
        }
        else
        {
            _bins[i] = decoder.BinOf(_target.ValueField, _target.Monitor.Binning, value);
        }

        if (_referenceBins.Length > 0)
        {
            _referenceBins[i] = decoder.BinOf(_target.ReferenceField, _target.Monitor.Binning, value);
        }

        if (_segments.Length > 0)
        {
            _segments[i] = decoder[_target.SegmentField];
        }
    }
}
