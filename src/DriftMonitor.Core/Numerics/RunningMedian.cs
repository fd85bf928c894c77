using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Numerics;

/// <summary>The median of the last n numbers of a sequence, exactly.</summary>
/// <remarks>
/// The numbers are kept in ascending order beside their order of arrival: an addition finds two places by binary search and moves at most n
/// numbers by one. With n up to <see cref="Longest"/> that is a copy of 8 kB, and costs less than a tree.
/// </remarks>
public sealed class RunningMedian
{
    /// <summary>The largest n.</summary>
    public const int Longest = 1000;

    private readonly double[] _arrived; // ring
    private readonly double[] _sorted; // the first Count
    private int _next; // place in the ring of the number that comes next, and of the oldest once the ring is full

    /// <summary>A median before the first number.</summary>
    /// <param name="length">n, from 1 to <see cref="Longest"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is below 1 or above <see cref="Longest"/>.</exception>
    public RunningMedian(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Longest);
        _arrived = new double[length];
        _sorted = new double[length];
    }

    /// <summary>How many numbers it is of: at most n.</summary>
    public int Count { get; private set; }

    /// <summary>Whether n numbers have come.</summary>
    public bool IsFull => Count == _sorted.Length;

    /// <summary>The median: the number in the middle, or the mean of the two in the middle. There must be at least one number.</summary>
    public double Value => MedianOf(_sorted.AsSpan(0, Count));

    /// <summary>The median of sorted numbers.</summary>
    /// <param name="sorted">At least one finite number, in ascending order.</param>
    /// <returns>The number in the middle, or the mean of the two in the middle.</returns>
    public static double MedianOf(ReadOnlySpan<double> sorted)
    {
        var (lower, upper) = (sorted[(sorted.Length - 1) / 2], sorted[sorted.Length / 2]);
        var sum = lower + upper;
        return double.IsFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
    }

    /// <summary>Adds a number; if there are n already, the oldest leaves.</summary>
    /// <param name="number">A finite number.</param>
    /// <exception cref="ArgumentException">It is not finite: there is no order with NaN, and no mean of two infinities.</exception>
    public void Add(double number)
    {
        if (!double.IsFinite(number))
        {
            throw new ArgumentException("a median is of finite numbers", nameof(number));
        }

        number += 0.0; // -0 + 0 is 0: the two zeros are one number, so either may be found in the place of the other
        var hole = Count;
        if (IsFull)
        {
            hole = Array.BinarySearch(_sorted, _arrived[_next]);
        }
        else
        {
            Count++;
        }

        // The numbers between the hole and the new number's place move by one.
        if (hole > 0 && _sorted[hole - 1] > number)
        {
            var place = PlaceOf(number, 0, hole);
            Array.Copy(_sorted, place, _sorted, place + 1, hole - place);
            hole = place;
        }
        else
        {
            var place = PlaceOf(number, hole + 1, Count);
            Array.Copy(_sorted, hole + 1, _sorted, hole, place - hole - 1);
            hole = place - 1;
        }

        _sorted[hole] = number;
        _arrived[_next] = number;
        _next = (_next + 1) % _arrived.Length;
    }

    internal void Exchange(StateExchange state)
    {
        double[] oldestFirst = IsFull ? [.. _arrived.AsSpan(_next), .. _arrived.AsSpan(0, _next)] : [.. _arrived.AsSpan(0, Count)];
        var numbers = state.Numbers(oldestFirst);
        if (state.IsLoading)
        {
            Array.ForEach(numbers, Add);
        }
    }

    // The first place from low on, and at most high, of a number that is at least the given one.
    private int PlaceOf(double number, int low, int high)
    {
        if (low >= high)
        {
            return low;
        }

        var found = Array.BinarySearch(_sorted, low, high - low, number);
        return found < 0 ? ~found : found;
    }
}
