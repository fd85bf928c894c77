using System.Buffers;
using System.Text;

namespace DriftMonitor.Metrics;

/// <summary>The labels of one series as they stand between the braces: escaped, in UTF-8, the same in both formats.</summary>
/// <remarks>
/// Encoded once and copied at every sample. The names are in ordinal order, so two sets are equal exactly when their
/// bytes are; the order of label sets is that of their bytes.
/// </remarks>
internal readonly struct Labels : IEquatable<Labels>, IComparable<Labels>
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\\\"\n\0");
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private readonly byte[]? _utf8;

    private Labels(byte[] utf8) => _utf8 = utf8;

    /// <summary>The encoded labels, without braces; empty for a series without labels.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8;

    /// <summary>Whether the text is <c>[a-zA-Z_][a-zA-Z0-9_]*</c>.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Encodes the labels given, in any order.</summary>
    /// <exception cref="ArgumentException">A name is ill-formed, or there twice.</exception>
    public static Labels Of(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var ordered = labels.ToArray();
        Array.Sort(ordered, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var longest = 0;
        for (var i = 0; i < ordered.Length; i++)
        {
            var (name, value) = ordered[i];
            if (!IsName(name))
            {
                throw new ArgumentException($"The label name '{name}' must match [a-zA-Z_][a-zA-Z0-9_]*.", nameof(labels));
            }

            if (i > 0 && name == ordered[i - 1].Name)
            {
                throw new ArgumentException($"The label '{name}' is there twice.", nameof(labels));
            }

            longest += name.Length + MaxEscapedLength(value) + ",=\"\"".Length;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(longest);
        var length = 0;
        foreach (var (name, value) in ordered)
        {
            if (length > 0)
            {
                buffer[length++] = (byte)',';
            }

            length += Encoding.ASCII.GetBytes(name, buffer.AsSpan(length));
            buffer[length++] = (byte)'=';
            buffer[length++] = (byte)'"';
            length += Escape(value, Special, buffer.AsSpan(length));
            buffer[length++] = (byte)'"';
        }

        var labelSet = new Labels(buffer[..length]);
        ArrayPool<byte>.Shared.Return(buffer);
        return labelSet;
    }

    /// <inheritdoc/>
    public bool Equals(Labels other) => Utf8.SequenceEqual(other.Utf8);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Labels other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(Labels other) => Utf8.SequenceCompareTo(other.Utf8);

    /// <inheritdoc/>
    public override string ToString() => $"{{{Encoding.UTF8.GetString(Utf8)}}}";

    /// <summary>Bytes that <see cref="Escape"/> needs at most: two for an escaped character, three for any other UTF-16 unit.</summary>
    internal static int MaxEscapedLength(string text) => 3 * text.Length;

    /// <summary>Writes the text in UTF-8 with its special characters escaped.</summary>
    /// <remarks>
    /// Lone surrogates become U+FFFD, and so does NUL where it is special: Prometheus's lexer treats it as the end of input.
    /// </remarks>
    internal static int Escape(ReadOnlySpan<char> text, SearchValues<char> special, Span<byte> to)
    {
        var length = 0;
        int plain;
        while ((plain = text.IndexOfAny(special)) >= 0)
        {
            length += Encoding.UTF8.GetBytes(text[..plain], to[length..]);
            ReadOnlySpan<byte> escaped = text[plain] switch { '\n' => "\\n"u8, '"' => "\\\""u8, '\\' => "\\\\"u8, _ => "\uFFFD"u8 };
            escaped.CopyTo(to[length..]);
            length += escaped.Length;
            text = text[(plain + 1)..];
        }

        return length + Encoding.UTF8.GetBytes(text, to[length..]);
    }
}
