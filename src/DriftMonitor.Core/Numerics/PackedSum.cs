using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Numerics;

/// <summary>An <see cref="ExactSum"/> that no longer changes, without its leading and trailing zeros.</summary>
/// <param name="Count">The number of terms.</param>
/// <param name="First">The place of the first digit.</param>
/// <param name="Digits">The digits, the least first, all of the sum's sign.</param>
public sealed record PackedSum(long Count, int First, long[] Digits)
{
    /// <summary>Saves a sum, or loads it.</summary>
    /// <exception cref="StateException">There is no such sum.</exception>
    public static PackedSum Exchange(StateExchange state, PackedSum? sum)
    {
        var (count, first) = (state.Number(sum?.Count ?? 0), state.Number((long)(sum?.First ?? 0)));
        var digits = state.Numbers(sum is null ? [] : sum.Digits);
        return count >= 0 && ExactSum.AreDigits(first, digits)
            ? new PackedSum(count, (int)first, digits)
            : throw new StateException($"a sum of {count} terms has {digits.Length} digits from place {first} on");
    }
}
