namespace DriftMonitor.Configuration;

/// <summary>A field of a topic, written <c>topic:path</c>.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Field">The path.</param>
internal sealed record TopicField(string Topic, string Field)
{
    /// <summary>Reads one; null if there is no colon. Topics cannot have one, so the first ends the topic.</summary>
    public static TopicField? Parse(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? new TopicField(text[..colon], text[(colon + 1)..]) : null;
}
