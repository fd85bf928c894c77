using DriftMonitor.Streaming.References;

namespace DriftMonitor.Proposals;

/// <summary>Whether a field is worth watching, and how.</summary>
/// <param name="Bins">How its bins are found; null if it is left out.</param>
/// <param name="IsNumeric">Whether its values are watched as numbers.</param>
/// <param name="Reason">Why it is left out, as a clause; empty if it is watched.</param>
internal sealed record FieldDecision(BinsChoice? Bins, bool IsNumeric, string Reason)
{
    /// <summary>Whether it is watched.</summary>
    public bool IsWatched => Bins is not null;

    /// <summary>Whether its values are numbers that are watched as categories.</summary>
    public bool HasNumbersAsCategories { get; init; }

    /// <summary>A field that is left out.</summary>
    public static FieldDecision LeaveOut(string reason) => new(null, false, reason);
}
