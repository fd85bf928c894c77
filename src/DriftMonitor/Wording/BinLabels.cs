using System.Runtime.CompilerServices;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Wording;

/// <summary>Unique names of bins. In the metrics label <c>bin</c>, a name shared by two bins would make the scrape invalid.</summary>
internal static class BinLabels
{
    /// <summary>The name for all bins that are not listed one by one.</summary>
    public const string Rest = "rest";

    private static readonly ConditionalWeakTable<FieldBinning, string[]> Known = [];

    /// <summary>
    /// The names, indexed by bin. Special bins keep theirs; a category that is called <c>missing</c> or <c>rest</c> is put in quotes.
    /// </summary>
    public static IReadOnlyList<string> Of(FieldBinning binning) => Known.GetValue(binning, Make);

    private static string[] Make(FieldBinning binning)
    {
        var labels = new string[binning.Count];
        var taken = new HashSet<string>(binning.SpecialNames, StringComparer.Ordinal) { Rest };
        var clashing = new List<int>();
        for (var bin = 0; bin < labels.Length; bin++)
        {
            labels[bin] = binning.Label(bin);
            if (bin < binning.Regular && !taken.Add(labels[bin]))
            {
                clashing.Add(bin);
            }
        }

        foreach (var bin in clashing)
        {
            do
            {
                labels[bin] = $"\"{labels[bin]}\"";
            }
            while (!taken.Add(labels[bin]));
        }

        return labels;
    }
}
