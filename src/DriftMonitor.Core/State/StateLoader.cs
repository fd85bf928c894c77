using System.Buffers.Binary;
using System.Text;

namespace DriftMonitor.Core.State;

/// <summary>Loads state that <see cref="StateSaver"/> has saved.</summary>
/// <remarks>
/// The bytes may be anything: a length is compared with what is left before memory is taken for it. What is not as it must be is a
/// <see cref="StateException"/>.
/// </remarks>
/// <param name="saved">What was saved.</param>
/// <param name="version">The version of its form.</param>
public sealed class StateLoader(ReadOnlyMemory<byte> saved, int version) : StateExchange
{
    private const int Payload = 7; // bits
    private const byte MoreFollow = 0x80;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int _at;

    /// <inheritdoc/>
    public override int Version => version;

    /// <inheritdoc/>
    public override bool IsLoading => true;

    /// <summary>Whether everything has been read.</summary>
    public bool IsAtEnd => _at == saved.Length;

    private ReadOnlySpan<byte> Rest => saved.Span[_at..];

    /// <summary>Loads an object, which must have saved all of these bytes.</summary>
    /// <param name="saved">What was saved.</param>
    /// <param name="version">The version of its form.</param>
    /// <param name="exchange">The object's exchange.</param>
    /// <exception cref="StateException">The bytes are not the state of such an object, which is now unusable.</exception>
    public static void Load(ReadOnlyMemory<byte> saved, int version, Action<StateExchange> exchange)
    {
        var loader = new StateLoader(saved, version);
        try
        {
            exchange(loader);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or IndexOutOfRangeException or InvalidOperationException)
        {
            // A number that its class could not have saved. All of them are checked where they would do harm in silence.
            throw new StateException($"it holds what no monitor saves ({e.Message})", e);
        }

        if (!loader.IsAtEnd)
        {
            throw new StateException($"{loader.Rest.Length} bytes are left over");
        }
    }

    /// <inheritdoc/>
    public override void Number(ref long number)
    {
        var rest = Rest;
        var value = 0UL;
        for (var i = 0; ; i++)
        {
            if (i == rest.Length || i * Payload >= 64)
            {
                throw i == rest.Length ? EndsEarly() : new StateException("a number is too long");
            }

            value |= (ulong)(rest[i] & ~MoreFollow) << (i * Payload);
            if (rest[i] < MoreFollow)
            {
                _at += i + 1;
                number = (long)(value >> 1) ^ -(long)(value & 1);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Number(ref double number) => number = BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <inheritdoc/>
    public override void Bytes(ref byte[] bytes) => bytes = Take(Count(0)).ToArray();

    /// <inheritdoc/>
    public override void Text(ref string text)
    {
        try
        {
            text = Strict.GetString(Take(Count(0)));
        }
        catch (DecoderFallbackException e)
        {
            throw new StateException("a text is not UTF-8", e);
        }
    }

    /// <inheritdoc/>
    public override int Count(int count)
    {
        var read = Number(0L);
        return read < 0 || read > Rest.Length ? throw EndsEarly() : (int)read;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var rest = Rest;
        if (length > rest.Length)
        {
            throw EndsEarly();
        }

        _at += length;
        return rest[..length];
    }

    private static StateException EndsEarly() => new("it ends early");
}
