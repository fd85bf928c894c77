using System.Diagnostics.Metrics;
using DriftMonitor.Live;

namespace DriftMonitor.Metrics;

/// <summary>
/// The monitors' instruments, made anew on another meter when segments have come and gone so often that the SDK has no more room for their
/// label sets: it frees none as long as a meter lives.
/// </summary>
internal sealed class RenewedMetrics : IDisposable
{
    private readonly Func<Snapshot> _current;
    private readonly Func<Meter, MonitorMetrics> _make;

    /// <summary>Makes the instruments for the first time.</summary>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="clock">Gives the time when the references were loaded: now.</param>
    /// <param name="build">The running version.</param>
    /// <param name="binContributions">Whether the bins' contributions are exported.</param>
    public RenewedMetrics(Func<Snapshot> current, TimeProvider clock, BuildInfo build, bool binContributions = false)
    {
        var loaded = clock.GetUtcNow();
        _current = current;
        _make = meter => new MonitorMetrics(current, loaded, build, binContributions, meter);
        Instruments = Make();
    }

    /// <summary>The instruments.</summary>
    public MonitorMetrics Instruments { get; private set; }

    /// <summary>Whether a meter is one of these, and not that of another host in this process.</summary>
    public bool Owns(Meter meter) => ReferenceEquals(meter.Scope, this);

    /// <summary>The most label sets that the SDK must have room for: see <see cref="MonitorMetrics.MostLabelSets"/>.</summary>
    public int MostLabelSets(string instrument) => MonitorMetrics.MostLabelSets(_current(), instrument);

    /// <summary>Makes the instruments anew if that is necessary. To be called before a collection, and not during one.</summary>
    public void Renew()
    {
        if (!Instruments.HasRoomFor(_current()))
        {
            // First, because the SDK would let new instruments of the same names share what it keeps of the old ones.
            Instruments.Dispose();
            Instruments = Make();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Instruments.Dispose();

    private MonitorMetrics Make() => _make(new Meter(new MeterOptions(MonitorMetrics.MeterName) { Scope = this }));
}
