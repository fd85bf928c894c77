using System.Diagnostics.Metrics;

namespace DriftMonitor.Metrics;

/// <summary>
/// Counts that never go back: a topic's begin at 0 again when its source is opened again. Prometheus takes that for a restart, but a
/// receiver of increases would get a negative one.
/// </summary>
internal sealed class RisingCounts
{
    private readonly Dictionary<(string Instrument, string Labels), (long Last, long Before)> _counts = [];

    /// <summary>The counts of an instrument, each with what it had counted before it began at 0 again.</summary>
    public IEnumerable<Measurement<long>> Of(string instrument, IEnumerable<Measurement<long>> counts)
    {
        foreach (var count in counts)
        {
            var labels = string.Join('\0', count.Tags.ToArray().Select(tag => tag.Value));
            var (last, before) = _counts.GetValueOrDefault((instrument, labels));
            before += count.Value < last ? last : 0;
            _counts[(instrument, labels)] = (count.Value, before);
            yield return new Measurement<long>(before + count.Value, count.Tags);
        }
    }
}
