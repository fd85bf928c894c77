namespace DriftMonitor.Core.State;

/// <summary>
/// Saves the state of an object, or loads it. Each class describes its state once, for both directions: what is not the same in both
/// cannot be written.
/// </summary>
/// <remarks>
/// A number is passed by reference: it is read when saving, and set when loading. Lists are passed with the exchange of one element.
/// Whole numbers take one byte where they are small.
/// </remarks>
public abstract class StateExchange
{
    private protected StateExchange()
    {
    }

    /// <summary>Saves or loads one element of a list.</summary>
    /// <param name="element">The element; when loading, the default, to be set.</param>
    public delegate void ElementExchange<T>(ref T element);

    /// <summary>The version of the form in which state is saved: it changes with what any class saves.</summary>
    public const int CurrentVersion = 3;

    /// <summary>The version of the form: when loading, that of the program that saved the state.</summary>
    public abstract int Version { get; }

    /// <summary>Whether state is loaded; otherwise it is saved.</summary>
    public abstract bool IsLoading { get; }

    /// <summary>A whole number.</summary>
    public abstract void Number(ref long number);

    /// <summary>A floating-point number, to the last bit.</summary>
    public abstract void Number(ref double number);

    /// <summary>Bytes.</summary>
    public abstract void Bytes(ref byte[] bytes);

    /// <summary>Text.</summary>
    public abstract void Text(ref string text);

    /// <summary>How many elements follow.</summary>
    /// <param name="count">The number, when saving.</param>
    /// <returns>The number; when loading, at most as many as there are bytes left.</returns>
    public abstract int Count(int count);

    /// <summary>A whole number of 32 bits.</summary>
    public void Number(ref int number)
    {
        long wide = number;
        Number(ref wide);
        number = wide is >= int.MinValue and <= int.MaxValue ? (int)wide : throw new StateException($"{wide} is too large a number");
    }

    /// <summary>A truth value.</summary>
    public void Flag(ref bool flag)
    {
        long number = flag ? 1 : 0;
        Number(ref number);
        flag = number is 0 or 1 ? number == 1 : throw new StateException($"{number} is neither true nor false");
    }

    /// <summary>A whole number, when it need not be passed by reference.</summary>
    /// <returns>The number.</returns>
    public long Number(long number)
    {
        Number(ref number);
        return number;
    }

    /// <summary>A floating-point number, when it need not be passed by reference.</summary>
    /// <returns>The number.</returns>
    public double Number(double number)
    {
        Number(ref number);
        return number;
    }

    /// <summary>A truth value, when it need not be passed by reference.</summary>
    /// <returns>The value.</returns>
    public bool Flag(bool flag)
    {
        Flag(ref flag);
        return flag;
    }

    /// <summary>A whole number that may be absent.</summary>
    /// <returns>The number.</returns>
    public long? Optional(long? number) => Flag(number is not null) ? Number(number.GetValueOrDefault()) : null;

    /// <summary>A floating-point number that may be absent.</summary>
    /// <returns>The number.</returns>
    public double? Optional(double? number) => Flag(number is not null) ? Number(number.GetValueOrDefault()) : null;

    /// <summary>A list; when loading, its elements are replaced.</summary>
    public void List<T>(List<T> list, ElementExchange<T> exchange)
    {
        var count = Count(list.Count);
        if (IsLoading)
        {
            list.Clear();
        }

        for (var i = 0; i < count; i++)
        {
            var element = IsLoading ? default! : list[i];
            exchange(ref element);
            if (IsLoading)
            {
                list.Add(element);
            }
        }
    }

    /// <summary>Whole numbers.</summary>
    /// <returns>The numbers.</returns>
    public long[] Numbers(ReadOnlySpan<long> numbers)
    {
        var exchanged = new long[Count(numbers.Length)];
        for (var i = 0; i < exchanged.Length; i++)
        {
            exchanged[i] = Number(IsLoading ? 0 : numbers[i]);
        }

        return exchanged;
    }

    /// <summary>Floating-point numbers.</summary>
    /// <returns>The numbers.</returns>
    public double[] Numbers(ReadOnlySpan<double> numbers)
    {
        var exchanged = new double[Count(numbers.Length)];
        for (var i = 0; i < exchanged.Length; i++)
        {
            exchanged[i] = Number(IsLoading ? 0 : numbers[i]);
        }

        return exchanged;
    }
}
