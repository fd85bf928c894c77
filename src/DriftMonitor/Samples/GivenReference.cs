using DriftMonitor.Streaming.References;

namespace DriftMonitor.Samples;

/// <summary>A distribution from the counts of a reference file.</summary>
internal sealed class GivenReference : GivenDistribution
{
    internal GivenReference(string name, ReferenceFile file)
        : base(name) => File = file;

    /// <summary>The reference file.</summary>
    public ReferenceFile File { get; }
}
