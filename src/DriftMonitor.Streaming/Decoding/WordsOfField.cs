namespace DriftMonitor.Streaming.Decoding;

/// <summary>The words of a field, which a monitor counts.</summary>
/// <param name="Field">The field.</param>
/// <param name="Case">Whether upper and lower case differ.</param>
public sealed record WordsOfField(string Field, WordCase Case)
{
    /// <summary>In one text, where the name of a field is shown: <c>words(text)</c>, or <c>words(text, keep)</c>.</summary>
    public override string ToString() => Case == WordCase.Lower ? $"words({Field})" : $"words({Field}, keep)";
}
