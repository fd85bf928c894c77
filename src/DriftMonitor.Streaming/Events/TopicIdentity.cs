namespace DriftMonitor.Streaming.Events;

/// <summary>Which topic of which cluster a name stands for: a topic that is deleted and created again has another id.</summary>
/// <param name="Topic">The name.</param>
/// <param name="Cluster">The cluster's id; null where it is not known.</param>
/// <param name="Id">The topic's id; null where it is not known, as with brokers before 2.8.</param>
public sealed record TopicIdentity(string Topic, string? Cluster, string? Id)
{
    /// <summary>Whether it is certainly another topic.</summary>
    public bool IsOtherThan(TopicIdentity other) => Differ(Cluster, other.Cluster) || Differ(Id, other.Id);

    private static bool Differ(string? one, string? other) => one is not null && other is not null && one != other;
}
