namespace DriftMonitor.Streaming.References;

/// <summary>How the bins of two fields are found, whose pairs are the bins of a reference.</summary>
/// <param name="FirstField">The first field, for messages and the file.</param>
/// <param name="SecondField">The second field.</param>
/// <param name="First">How the bins of the first field are found.</param>
/// <param name="Second">How those of the second are.</param>
/// <param name="MinExpected">Pairs that expect fewer events than this in a shortest window are pooled; 0 to pool none.</param>
public sealed record PairChoice(string FirstField, string SecondField, BinsChoice First, BinsChoice Second, int MinExpected);
