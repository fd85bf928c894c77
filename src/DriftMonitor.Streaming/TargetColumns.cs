using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming;

/// <summary>What a monitor counts of the events of a <see cref="DecodedEvents"/>, in columns.</summary>
internal sealed class TargetColumns
{
    private readonly MonitorTarget _target;
    private readonly int[] _bins = new int[DecodedEvents.Capacity];
    private readonly int[] _referenceBins;
    private readonly FieldToken[] _segments;

    /// <summary>Empty columns for a monitor.</summary>
    public TargetColumns(in MonitorTarget target)
    {
        _target = target;
        _referenceBins = target.ReferenceField == MonitorTarget.None ? [] : new int[DecodedEvents.Capacity];
        _segments = target.SegmentField == MonitorTarget.None ? [] : new FieldToken[DecodedEvents.Capacity];
    }

    /// <summary>The bins of the values.</summary>
    public ReadOnlySpan<int> Bins => _bins;

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
        var binning = _target.Monitor.Binning;
        _bins[i] = decoder.BinOf(_target.ValueField, binning, value);
        if (_referenceBins.Length > 0)
        {
            _referenceBins[i] = decoder.BinOf(_target.ReferenceField, binning, value);
        }

        if (_segments.Length > 0)
        {
            _segments[i] = decoder[_target.SegmentField];
        }
    }
}
