using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming;

/// <summary>What a monitor counts of the events of a <see cref="DecodedEvents"/>, in columns.</summary>
internal sealed class TargetColumns
{
    private readonly MonitorTarget _target;
    private readonly int[] _bins = new int[DecodedEvents.Capacity];
    private readonly int[] _referenceBins;
    private readonly FieldToken[] _segments;
    private readonly Derivation? _derivation;
    private readonly double[] _numbers;

    /// <summary>Empty columns for a monitor.</summary>
    public TargetColumns(in MonitorTarget target)
    {
        _target = target;
        _referenceBins = target.ReferenceField == MonitorTarget.None ? [] : new int[DecodedEvents.Capacity];
        _segments = target.SegmentField == MonitorTarget.None ? [] : new FieldToken[DecodedEvents.Capacity];
        _derivation = target.Monitor.Spec.Derivation;
        _numbers = IsOrdered ? new double[DecodedEvents.Capacity] : [];
    }

    /// <summary>Whether the bins of values depend on the events before: the events' times and <see cref="Numbers"/> decide.</summary>
    public bool IsOrdered => _derivation is { IsOrdered: true };

    /// <summary>The bins of the values; negative where they depend on the events before.</summary>
    public ReadOnlySpan<int> Bins => _bins;

    /// <summary>The numbers that values are derived from, where they depend on the events before; otherwise empty.</summary>
    public ReadOnlySpan<double> Numbers => _numbers;

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
        _bins[i] = _derivation is null
            ? decoder.BinOf(_target.ValueField, binning, value)
            : DecodeDerived(i, value, decoder, _derivation, binning);
        if (_referenceBins.Length > 0)
        {
            _referenceBins[i] = decoder.BinOf(_target.ReferenceField, binning, value);
        }

        if (_segments.Length > 0)
        {
            _segments[i] = decoder[_target.SegmentField];
        }
    }

    // The bin, as far as it is known without the events before.
    private int DecodeDerived(int i, ReadOnlySpan<byte> value, EventDecoder decoder, Derivation derivation, FieldBinning binning)
    {
        var (kind, number) = DerivedInput.Of(derivation, decoder, _target.ValueField, value);
        if (kind == DerivedInputKind.Missing)
        {
            return binning.Missing;
        }

        if (kind is DerivedInputKind.WrongType or DerivedInputKind.Text
            || (kind == DerivedInputKind.TextNumber && binning is NumericBinning { ReadsTextNumbers: false }))
        {
            return binning.WrongType;
        }

        if (IsOrdered)
        {
            _numbers[i] = number;
            return PartitionFold.DependsOnHistory;
        }

        return derivation.Kind switch
        {
            DerivedKind.Present => ((CategoricalBinning)binning).BinOf(number != 0 ? "true"u8 : "false"u8),
            DerivedKind.Volume => 0, // events are only counted
            _ => ((NumericBinning)binning).BinOf(number),
        };
    }
}
