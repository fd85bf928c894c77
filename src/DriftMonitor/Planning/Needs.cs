namespace DriftMonitor.Planning;

/// <summary>What a verb needs from a configuration, besides what every verb needs.</summary>
[Flags]
internal enum Needs
{
    /// <summary>Nothing: a reference is built from files.</summary>
    Nothing = 0,

    /// <summary>A cluster, and a topic for each monitor: events come from Kafka.</summary>
    Topics = 1,

    /// <summary>A readable reference for each monitor.</summary>
    References = 2,

    /// <summary>Both, for a replay of topics.</summary>
    All = Topics | References,

    /// <summary>What references that grow have kept in their files.</summary>
    Kept = 4,

    /// <summary>Everything, for the service.</summary>
    Service = All | Kept,
}
