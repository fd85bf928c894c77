using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Tests;

/// <summary>A value of an event: nothing, an object, a number, or a text, which may be a number in a string.</summary>
internal sealed record GrowingValue(FieldValueKind Kind, double Number = 0, string Text = "")
{
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Text);

    public FieldValue Field => new(Kind, Number, Utf8)
    {
        IsJsonToken = Kind == FieldValueKind.Number,
        IsString = Kind is FieldValueKind.Text or FieldValueKind.TextNumber,
        IsJsonNumber = Kind == FieldValueKind.TextNumber,
    };
}

/// <summary>
/// The definition of a reference that grows, in the plainest form: it keeps every value, and recounts everything at each pane.
/// </summary>
internal sealed class GrowingTwin(MonitorSpec spec, GrowingRules rules, IReadOnlyList<GrowingValue[]> panes, long first)
{
    private readonly List<double>[] _z = [.. spec.Windows.Select(_ => new List<double>())];
    private (bool AreNumbers, bool ReadsText)? _decided;
    private Reference? _reference;
    private Tail?[] _tails = [];
    private int _fitted; // M

    /// <summary>
    /// Of each pane and window: what is to be measured, and the return period where a tail was measured; null for no reading.
    /// </summary>
    public List<(Measurement Measurement, double? ReturnPeriodSeconds)?[]> Read()
    {
        var readings = new List<(Measurement, double?)?[]>();
        for (var pane = 0; pane < panes.Count; pane++)
        {
            if (pane >= (_fitted == 0 ? rules.LearnPanes : Math.Ceiling(11m * _fitted / 10)))
            {
                Refit(pane);
            }

            readings.Add([.. spec.WindowPanes.Select((length, window) => Read(pane, length, window))]);
            for (var window = 0; window < _z.Length && _reference is not null; window++)
            {
                if (pane + 1 >= spec.WindowPanes[window])
                {
                    var z = Touches(pane, spec.WindowPanes[window]) ? null : readings[^1][window]?.Item1.Z;
                    _z[window].Add(z ?? double.NaN);
                }
            }
        }

        return readings;
    }

    private (Measurement, double?)? Read(int pane, int length, int window)
    {
        var values = Enumerable.Range(0, panes.Count).Where(p => p > pane - length && p <= pane).SelectMany(p => panes[p]).ToArray();
        if (_reference is null || pane + 1 < length || values.Length < spec.MinimumEvents || values.Length == 0)
        {
            return null;
        }

        var longest = spec.WindowPanes.Max();
        var volume = VolumeAt(pane);
        var filled = Math.Min(1, (pane + 1) / (double)longest);
        var factor = _reference.MeanEvents is { } mean && volume > 0 ? Math.Min(1, mean * filled / volume) : 1;
        var incremental = new IncrementalKullbackLeibler(_reference);
        foreach (var value in values)
        {
            incremental.Change(BinOf(value, _reference.Binning), 1);
        }

        var measurement = Measurement.Of(incremental, _reference.Events, within: false, factor);
        var period = _tails[window]?.ReturnPeriod(measurement.Z) * spec.Pane.Length.TotalSeconds;
        return (measurement, period);
    }

    private void Refit(int closed)
    {
        var included = Enumerable.Range(0, closed).Where(pane => !IsExcluded(pane)).SelectMany(pane => panes[pane]).ToArray();
        if (!Decide(included) || BinsFor(included) is not { } binning)
        {
            return;
        }

        var volumes = Enumerable.Range(0, closed)
            .Where(pane => pane + 1 >= spec.WindowPanes.Max() && !Touches(pane, spec.WindowPanes.Max())).Select(VolumeAt).ToArray();
        var excluded = Enumerable.Range(0, closed).Where(IsExcluded)
            .Select(pane => new Period(spec.Pane.Start(first + pane), spec.Pane.End(first + pane))).ToArray();
        var isFirst = _reference is null;
        _reference = new Reference(binning, Count(included, binning))
        {
            Period = new Period(spec.Pane.Start(first), spec.Pane.Start(first + closed)),
            Excluded = excluded,
            EventsPerPane = (double)included.Length / (closed - excluded.Length),
            MeanEvents = volumes.Sum() > 0 ? (double)volumes.Sum() / volumes.Length : null,
        };
        if (isFirst)
        {
            long[]?[] course =
            [
                .. Enumerable.Range(0, closed)
                    .Select(pane => IsExcluded(pane) || panes[pane].Length == 0 ? null : Count(panes[pane], binning)),
            ];
            foreach (var (window, measured) in Calibrator.Measure(spec, _reference, course).Index())
            {
                _z[window].AddRange(measured.Readings);
            }
        }

        _tails = [.. spec.WindowPanes.Select((length, window) =>
            Tail.Fit(_z[window].ToArray(), length, Enumerable.Range(closed - _z[window].Count, _z[window].Count).Count(IsExcluded)))];
        _fitted = closed;
    }

    private bool Decide(GrowingValue[] values)
    {
        var (numbers, inText, texts) = (Of(FieldValueKind.Number), Of(FieldValueKind.TextNumber), Of(FieldValueKind.Text));
        var readsText = rules.Binning is NumericBinning given ? given.ReadsTextNumbers : inText > 0 && inText >= 0.95 * (inText + texts);
        _decided ??= rules.Binning is not null ? (rules.Binning is NumericBinning, readsText)
            : numbers + inText + texts == 0 ? null
            : readsText ? (numbers + inText > texts, true)
            : (numbers > texts + inText, false);
        return _decided is not null && values.Length > 0;

        int Of(FieldValueKind kind) => values.Count(value => value.Kind == kind);
    }

    private FieldBinning? BinsFor(GrowingValue[] values)
    {
        if (rules.Binning is { } given)
        {
            return given;
        }

        if (_decided!.Value.AreNumbers)
        {
            var numbers = values.Where(IsNumber).Select(value => Fine(value.Number)).Where(double.IsFinite).Order().ToArray();
            return numbers.Length == 0 ? null : NumericBinning.FromQuantiles(numbers, 20);
        }

        var labels = values.Where(value => value.Kind >= FieldValueKind.Number).CountBy(value => value.Text)
            .Select(label => KeyValuePair.Create(label.Key, (long)label.Value)).ToArray();
        return labels.Length == 0 ? null : CategoricalBinning.MostFrequent(labels, 20);
    }

    private bool IsNumber(GrowingValue value) =>
        value.Kind == FieldValueKind.Number || (value.Kind == FieldValueKind.TextNumber && _decided!.Value.ReadsText);

    private long[] Count(IEnumerable<GrowingValue> values, FieldBinning binning)
    {
        var counts = new long[binning.Count];
        foreach (var value in values)
        {
            counts[BinOf(value, binning)]++;
        }

        return counts;
    }

    private int BinOf(GrowingValue value, FieldBinning binning) =>
        value.Kind == FieldValueKind.Missing ? binning.Missing
        : value.Kind == FieldValueKind.Composite ? binning.WrongType
        : binning is CategoricalBinning categories
            ? value.Kind == FieldValueKind.Number ? categories.BinOfNumber(value.Utf8) : categories.BinOf(value.Utf8)
        : IsNumber(value) ? ((NumericBinning)binning).BinOf(Fine(value.Number))
        : binning.WrongType;

    // The lowest 41 bits are zero.
    private static double Fine(double number) =>
        BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(number) / (1UL << 41) * (1UL << 41));

    private long VolumeAt(int pane) =>
        Enumerable.Range(0, panes.Count).Where(p => p > pane - spec.WindowPanes.Max() && p <= pane).Sum(p => (long)panes[p].Length);

    private bool Touches(int pane, int length) => Enumerable.Range(0, pane + 1).Any(p => p > pane - length && IsExcluded(p));

    private bool IsExcluded(int pane) => rules.Exclude.Any(
        excluded => excluded.From < spec.Pane.End(first + pane) && spec.Pane.Start(first + pane) < excluded.To);
}
