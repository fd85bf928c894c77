namespace DriftMonitor.Core.Binning;

/// <summary>Bins of a field before its values have shown which bins it needs: one for all values, and the special ones.</summary>
public sealed class UnknownBinning : FieldBinning
{
    /// <summary>The only instance.</summary>
    public static readonly UnknownBinning Instance = new();

    private UnknownBinning()
        : base(1, ["missing", "wrong_type"])
    {
    }

    /// <inheritdoc/>
    public override string Label(int bin) => bin < Regular ? "any value" : SpecialNames[bin - Regular];

    /// <inheritdoc/>
    public override FieldBinning PoolRareBins(ReadOnlySpan<long> counts, double minimum)
    {
        RequireCounts(counts);
        return this;
    }

    /// <inheritdoc/>
    public override bool IsSameAs(FieldBinning other) => other is UnknownBinning;
}
