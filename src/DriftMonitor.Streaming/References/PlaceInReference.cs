namespace DriftMonitor.Streaming.References;

/// <summary>Whether an event is in a reference.</summary>
internal enum PlaceInReference : byte
{
    /// <summary>It is.</summary>
    Inside,

    /// <summary>It is in the reference's period, but in an excluded one too.</summary>
    Excluded,

    /// <summary>It is before or after the reference's period.</summary>
    Outside,
}
