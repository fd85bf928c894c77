namespace DriftMonitor.Samples;

/// <summary>The words of a text that another one lacks.</summary>
/// <param name="Words">How many different ones.</param>
/// <param name="Tokens">How often they occur together.</param>
/// <param name="MostFrequent">Some of them, the most frequent first; then in ordinal order.</param>
internal sealed record MissingWords(int Words, long Tokens, IReadOnlyList<string> MostFrequent)
{
    /// <summary>The most words that are named.</summary>
    public const int MostNamed = 5;

    /// <summary>Finds the words that one text has and another lacks.</summary>
    public static MissingWords Of(GivenText has, GivenText lacks)
    {
        var missing = has.Counts.Where(word => !lacks.Counts.ContainsKey(word.Key)).ToList();
        return new MissingWords(
            missing.Count,
            missing.Sum(word => word.Value),
            [
                .. missing.OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal)
                    .Take(MostNamed)
                    .Select(word => word.Key),
            ]);
    }
}
