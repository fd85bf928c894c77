using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Configuration;

/// <summary>The keys of a monitor's <c>Tokens</c>.</summary>
internal sealed class TokensOptions
{
    [Description("Field of the text: a path, or the name of a CSV column, as for Field of the monitor. Example: text.")]
    [Required]
    [MaxLength(MonitorOptions.LongestLabel)]
    public string Field { get; set; } = "";

    [Description(
        "How many words `driftmonitor reference build` gives a bin of their own: the most frequent ones. The others count as unseen.")]
    [Range(1, 100_000)]
    public int Vocabulary { get; set; } = 5000;

    [Description("Whether upper and lower case differ: lower, so that they do not, or keep.")]
    public WordCase Case { get; set; }

    /// <summary>The words that are counted.</summary>
    internal WordsOfField Words => new(Field, Case);
}
