using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Calibration;

/// <summary>z of windows that move over simulated steps. The counts of all steps are added one bin after another.</summary>
/// <remarks>
/// The reference's smoothed distribution is taken for the truth: 1/n* = 1/N. The sums are doubles, as a draw has no exact value to be true
/// to, from tables of <see cref="FixedPoint"/>, so that every machine gets the same. One bin after another, because the steps of one bin
/// do not wait for each other's sums, and those in whose window a rare bin is empty are skipped.
/// </remarks>
public sealed class SimulatedWindows : IDisposable
{
    private static readonly double[] Small = [.. Enumerable.Range(0, 1 << 14).Select(n => FixedPoint.ToDouble(FixedPoint.NLogN(n)))];

    private readonly Reference _reference;
    private readonly int[] _slots;
    private readonly int _readings;
    private readonly long[] _totals; // the events of each step; rented, as the other arrays are
    private readonly double[][] _sums; // of each window, at each reading: Σ cᵢ ln cᵢ − Σ cᵢ ln qᵢ
    private readonly int[][] _unexpected; // likewise: how many of the bins that the reference does not occupy have events

    /// <summary>Creates windows over steps without events.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="slots">The length of each window in steps, at least 1.</param>
    /// <param name="readings">The number of readings of each window, at least 1.</param>
    public SimulatedWindows(Reference reference, IReadOnlyList<int> slots, int readings)
    {
        (_reference, _slots, _readings) = (reference, [.. slots], readings);
        Steps = _slots.Max() + readings;
        _totals = Rent<long>(Steps);
        _sums = Array.ConvertAll(_slots, _ => Rent<double>(readings));
        _unexpected = Array.ConvertAll(_slots, _ => Rent<int>(readings));
    }

    /// <summary>The number of steps, enough for the readings of the longest window.</summary>
    public int Steps { get; }

    /// <summary>Adds the events of a bin.</summary>
    /// <param name="bin">The index of the bin, each at most once.</param>
    /// <param name="counts">Its count in each step.</param>
    public void Add(int bin, ReadOnlySpan<long> counts)
    {
        var totals = _totals.AsSpan(0, Steps);
        TensorPrimitives.Add(totals, counts, totals);
        var logarithm = FixedPoint.ToDouble(FixedPoint.Log(_reference.Smoothed.Probabilities[bin]));
        for (var window = 0; window < _slots.Length; window++)
        {
            Add(window, counts, logarithm, isUnexpected: _reference.Counts[bin] == 0);
        }
    }

    /// <summary>z of a window, once all bins have been added.</summary>
    /// <param name="window">The index of the window, each at most once: its sums are overwritten.</param>
    /// <returns>z at the end of each step from the second full window on; NaN where the window holds no event.</returns>
    public ReadOnlySpan<double> TakeReadings(int window)
    {
        var (slots, unexpected) = (_slots[window], _unexpected[window]);
        var readings = _sums[window].AsSpan(0, _readings);
        var events = TensorPrimitives.Sum<long>(_totals.AsSpan(0, slots));
        for (var i = 0; i < readings.Length; i++)
        {
            events += _totals[slots + i] - _totals[i];
            var occupied = _reference.OccupiedBins + unexpected[i];

            // z = 2 N KL / (K° − 1).
            readings[i] = events == 0 ? double.NaN
                : occupied == 1 ? 0
                : 2 * Math.Max(0, readings[i] - NLogN(events)) / (occupied - 1);
        }

        return readings;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(_totals);
        Array.ForEach(_sums, sums => ArrayPool<double>.Shared.Return(sums));
        Array.ForEach(_unexpected, unexpected => ArrayPool<int>.Shared.Return(unexpected));
    }

    private void Add(int window, ReadOnlySpan<long> counts, double logarithm, bool isUnexpected)
    {
        var slots = _slots[window];
        var sums = _sums[window].AsSpan(0, _readings);
        var unexpected = _unexpected[window].AsSpan(0, _readings);
        var leaving = counts[.._readings];
        var entering = counts.Slice(slots, _readings);
        var count = TensorPrimitives.Sum(counts[..slots]);
        for (var i = 0; i < sums.Length; i++)
        {
            count += entering[i] - leaving[i];
            if (count == 0)
            {
                // Nothing can leave before the next step with events.
                var empty = entering[(i + 1)..].IndexOfAnyExcept(0);
                if (empty < 0)
                {
                    return;
                }

                i += empty;
                continue;
            }

            sums[i] += NLogN(count) - count * logarithm;
            unexpected[i] += isUnexpected ? 1 : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // nearly the whole of both loops
    private static double NLogN(long count) =>
        (ulong)count < (ulong)Small.Length ? Small[count] : FixedPoint.ToDouble(FixedPoint.NLogN(count));

    private static T[] Rent<T>(int length)
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        array.AsSpan(0, length).Clear();
        return array;
    }
}
