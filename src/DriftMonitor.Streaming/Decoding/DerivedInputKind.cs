namespace DriftMonitor.Streaming.Decoding;

/// <summary>What an event gives to a derived field.</summary>
public enum DerivedInputKind : byte
{
    /// <summary>A number, or nothing where only times are needed.</summary>
    Number,

    /// <summary>A number in a JSON string: one only if the monitor reads numbers in strings.</summary>
    TextNumber,

    /// <summary>A JSON string that is no number, where a number is needed.</summary>
    Text,

    /// <summary>Nothing: the field is absent or null.</summary>
    Missing,

    /// <summary>Another value of a type that is not the needed one.</summary>
    WrongType,
}
