using DriftMonitor.Configuration;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Proposals;

/// <summary>A field of a topic, and what is proposed for it.</summary>
/// <param name="Field">The field.</param>
/// <param name="Decision">Whether it is watched, and how.</param>
internal sealed record ProposedField(FieldPath Field, FieldDecision Decision)
{
    /// <summary>What the sample shows of it; null if it cannot be read.</summary>
    public FieldFacts? Facts { get; init; }

    /// <summary>Its monitor; null if it is left out.</summary>
    public MonitorOptions? Monitor { get; init; }

    /// <summary>Its reference; null if it is left out, or learned from the stream.</summary>
    public ReferenceFile? Reference { get; init; }

    /// <summary>What a person should know about its reference, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The same field, left out.</summary>
    public ProposedField LeaveOut(string reason) => new(Field, FieldDecision.LeaveOut(reason)) { Facts = Facts };
}
