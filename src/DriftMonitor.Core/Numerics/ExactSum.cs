using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Numerics;

/// <summary>
/// A sum of doubles without any rounding, and their number. Terms may come and go in any order and in any groups: equal sums are equal bit
/// for bit.
/// </summary>
/// <remarks>
/// A double is an integer multiple of 2⁻¹⁰⁷⁴, so the sum is one integer of about 2 200 bits, in digits of 32 bits (Kulisch and Miranker,
/// "The arithmetic of the digital computer: a new approach", SIAM Review 28 (1986) 1–40). A term changes three digits, whose carries are
/// put off: a digit has room for 2³⁰ terms. Takes 0.6 kB.
/// </remarks>
public sealed class ExactSum
{
    private const int DigitBits = 32;
    private const int MostPending = 1 << 30; // terms, or sums, until carries are propagated
    private const int LeastExponent = -1074; // of the last bit of a double
    private const int FractionBits = 52;
    private const int ExponentMask = 0x7FF;
    private const int Digits = 68; // 2 098 bits of a double, 63 for the number of terms

    private readonly long[] _digits = new long[Digits]; // the least first
    private int _pending;

    /// <summary>The number of terms.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a term.</summary>
    /// <param name="term">A finite number.</param>
    public void Add(double term)
    {
        var bits = BitConverter.DoubleToInt64Bits(term);
        var biased = (int)(bits >> FractionBits) & ExponentMask;
        var mantissa = bits & ((1L << FractionBits) - 1) | (biased == 0 ? 0 : 1L << FractionBits);
        var place = Math.Max(biased, 1) - 1; // of the mantissa's last bit
        var shifted = (UInt128)(ulong)mantissa << place % DigitBits;
        var sign = bits >> 63 | 1; // −1 or 1
        var digit = place / DigitBits;
        _digits[digit] += sign * (uint)shifted;
        _digits[digit + 1] += sign * (uint)(shifted >> DigitBits);
        _digits[digit + 2] += sign * (uint)(shifted >> 2 * DigitBits);
        Count++;
        NoteChange();
    }

    /// <summary>Adds the terms of another sum.</summary>
    public void Add(PackedSum other) => Change(other, 1);

    /// <summary>Removes the terms of another sum, which are among these.</summary>
    public void Remove(PackedSum other) => Change(other, -1);

    /// <summary>The mean of the terms, within two units of its last digit; null if there are none.</summary>
    /// <remarks>It is in the range of doubles also where the sum is not.</remarks>
    public double? Mean()
    {
        if (Count == 0)
        {
            return null;
        }

        Normalise();
        var last = Array.FindLastIndex(_digits, digit => digit != 0);
        if (last < 0)
        {
            return 0;
        }

        // 97 bits or more, and one that says whether anything lies below.
        const int Leading = 4;
        var magnitude = UInt128.Zero;
        for (var digit = last; digit > last - Leading; digit--)
        {
            magnitude = magnitude << DigitBits | (digit < 0 ? 0 : (ulong)Math.Abs(_digits[digit]));
        }

        var below = _digits.AsSpan(0, Math.Max(0, last - Leading + 1));
        magnitude |= below.ContainsAnyExcept(0L) ? UInt128.One : 0;
        var mean = Math.ScaleB((double)magnitude / Count, (last - Leading + 1) * DigitBits + LeastExponent);
        return _digits[last] < 0 ? -mean : mean;
    }

    /// <summary>The sum in little memory.</summary>
    public PackedSum Pack()
    {
        Normalise();
        var first = Array.FindIndex(_digits, digit => digit != 0);
        var last = Array.FindLastIndex(_digits, digit => digit != 0);
        return first < 0 ? new PackedSum(Count, 0, []) : new PackedSum(Count, first, _digits[first..(last + 1)]);
    }

    /// <summary>Removes all terms.</summary>
    public void Clear()
    {
        Array.Clear(_digits);
        (Count, _pending) = (0, 0);
    }

    /// <summary>Whether digits have room in a sum, and none is larger than a digit.</summary>
    internal static bool AreDigits(long first, ReadOnlySpan<long> digits) =>
        first >= 0 && first <= Digits - digits.Length && digits.IndexOfAnyExceptInRange(-uint.MaxValue, uint.MaxValue) < 0;

    private void Change(PackedSum other, int sign)
    {
        for (var i = 0; i < other.Digits.Length; i++)
        {
            _digits[other.First + i] += sign * other.Digits[i];
        }

        Count += sign * other.Count;
        NoteChange();
    }

    private void NoteChange()
    {
        if (++_pending >= MostPending)
        {
            Normalise();
        }
    }

    // Makes all digits less than 2³² in magnitude and of the sum's sign, so that equal sums have equal digits.
    private void Normalise()
    {
        PropagateCarries();
        if (_digits[^1] < 0)
        {
            Negate();
            PropagateCarries();
            Negate();
        }

        _pending = 1;
    }

    // All digits but the highest, which has the sign, are then at least 0.
    private void PropagateCarries()
    {
        var carry = 0L;
        for (var digit = 0; digit < Digits - 1; digit++)
        {
            var value = _digits[digit] + carry;
            carry = value >> DigitBits;
            _digits[digit] = value & uint.MaxValue;
        }

        _digits[^1] += carry;
    }

    private void Negate()
    {
        for (var digit = 0; digit < Digits; digit++)
        {
            _digits[digit] = -_digits[digit];
        }
    }
}
