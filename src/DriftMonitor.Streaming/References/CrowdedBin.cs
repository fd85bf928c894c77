namespace DriftMonitor.Streaming.References;

/// <summary>A bin that holds more than half of a sample's numbers, different ones: a drift among them is not seen.</summary>
/// <param name="Bin">The index of the bin.</param>
/// <param name="Events">How many of the numbers it holds.</param>
/// <param name="Numbers">How many numbers the sample has, NaN and infinite ones included.</param>
/// <param name="Values">How many different ones it holds, at least 2; <see cref="MostValues"/> if there are more.</param>
public sealed record CrowdedBin(int Bin, long Events, long Numbers, int Values)
{
    /// <summary>No more values than this are counted.</summary>
    public const int MostValues = 1000;
}
