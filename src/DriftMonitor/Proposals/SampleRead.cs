namespace DriftMonitor.Proposals;

/// <summary>What was read of a topic or of files.</summary>
/// <param name="Events">The records.</param>
/// <param name="Skipped">How many older records of the topic were not read.</param>
/// <param name="IsCut">Whether reading stopped before the end, because there was no more room.</param>
/// <param name="CutAfter">The partitions of the topic that were not read to their ends.</param>
internal sealed record SampleRead(HeldEvents Events, long Skipped, bool IsCut, IReadOnlySet<int> CutAfter);
