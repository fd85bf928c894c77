using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Readings;

/// <summary>A divergence with what is needed to believe it.</summary>
/// <param name="KlNats">D(current ‖ reference) in nats, the current distribution as counted.</param>
/// <param name="ReverseKlNats">D(reference ‖ current) in nats, the current distribution smoothed.</param>
/// <param name="NoiseNats">What chance alone would show on average: (K° − 1)/2 · (1/N + 1/m).</param>
/// <param name="ExcessNats">The divergence less the noise, never below 0.</param>
/// <param name="Z">
/// 2 n* KL / (K° − 1) at the reference's volume: near 1 when nothing drifted and events are independent, whatever N and K.
/// </param>
/// <param name="OccupiedBins">K°, the bins that the reference or the window occupies.</param>
public sealed record Measurement(double KlNats, double ReverseKlNats, double NoiseNats, double ExcessNats, double Z, int OccupiedBins)
{
    /// <summary>
    /// What the return period is capped at where it leaves the process: 1 000 years of 365.25 days, in seconds. Alarms use it uncapped.
    /// </summary>
    public const double MostReturnPeriodSeconds = 1000 * 365.25 * 86_400;

    /// <summary>
    /// τ, the event time in which the reference itself shows a reading as high once, on average; null where there is no calibration.
    /// </summary>
    public double? ReturnPeriodSeconds { get; init; }

    /// <summary>Whether z is no higher than half of the reference's own readings; false where there is no calibration.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Whether the reference contains the window's own events, and more: n* is then 1/(1/N − 1/m).</summary>
    public bool IsWithin { get; init; }

    /// <summary>The regime that the window was compared with; null where the reference has none.</summary>
    public string? Regime { get; init; }

    /// <summary>τ as it leaves the process, capped.</summary>
    public double? ShownReturnPeriodSeconds => ReturnPeriodSeconds is { } period ? Math.Min(period, MostReturnPeriodSeconds) : null;

    /// <summary>G = 2 n* KL at the window's own volume: see <see cref="GTest"/>.</summary>
    public double GStatistic { get; init; }

    /// <summary>
    /// The further measures that the monitor asks for, in its order; one that does not exist for the window is left out. Each is finite.
    /// </summary>
    public IReadOnlyList<MeasuredValue> Further { get; init; } = [];

    /// <summary>
    /// The mean of the window's finite numbers, those below and above the edges among them; null if the monitor does not ask for it, or the
    /// window has none.
    /// </summary>
    public double? Mean { get; init; }

    /// <summary>
    /// −Σ pᵢ ln qᵢ per word, in nats: how many the reference needs for a word of the window; null where no words are counted.
    /// </summary>
    public double? CrossEntropyNats { get; init; }

    /// <summary>The same of words that are as in the reference: its entropy. Null where no words are counted.</summary>
    public double? ReferenceCrossEntropyNats { get; init; }

    /// <summary>
    /// e to the cross-entropy: among how many equally likely words a word would be as surprising; null where no words are counted.
    /// </summary>
    public double? Perplexity => CrossEntropyNats is { } nats ? Math.Exp(nats) : null;

    /// <summary>The same of words that are as in the reference.</summary>
    public double? ReferencePerplexity => ReferenceCrossEntropyNats is { } nats ? Math.Exp(nats) : null;

    /// <summary>What two fields tell about each other in the window; null for one field, and where no event has a value of both.</summary>
    public PairInformation? Pair { get; init; }

    /// <summary>The same in the reference; null also where it moves.</summary>
    public PairInformation? ReferencePair { get; init; }

    /// <summary>Measures a window against the reference.</summary>
    /// <param name="window">The window's counts; at least one event.</param>
    /// <param name="referenceEvents">
    /// m, the events of the reference that they are compared with; infinite where it is the truth itself.
    /// </param>
    /// <param name="within">Whether the reference was made from the window's own events, among others.</param>
    /// <param name="volume">
    /// f = min(1, V̄·s/V): brings N to the reference's volume in z, which grows with volume where a stream varies more than independent
    /// events do.
    /// </param>
    /// <remarks>
    /// 1/n* = 1/N + 1/m; for a window within the reference 1/N − 1/m, as its events are among the m (N &lt; m is then needed).
    /// E[KL] = (K° − 1)/(2n*) without drift: Wilks, Annals of Mathematical Statistics 9 (1938) 60–62.
    /// </remarks>
    public static Measurement Of(IncrementalKullbackLeibler window, double referenceEvents, bool within, double volume)
    {
        var kl = window.Forward();
        var occupied = window.OccupiedBins();
        double events = window.Events;
        var isWithin = within && events < referenceEvents;
        var sign = isWithin ? -1 : 1;
        var apart = 1 / events + sign / referenceEvents; // 1/n*
        var noise = (occupied - 1) / 2.0 * apart;
        var z = ZOf(kl, events * volume, sign * referenceEvents, occupied);
        return new Measurement(kl, window.Reverse(), noise, Math.Max(0, kl - noise), z, occupied)
        {
            GStatistic = GTest.Statistic(kl, 1 / apart),
            IsWithin = isWithin,
        };
    }

    /// <summary>z at another volume, for a window beside its reference.</summary>
    /// <param name="events">N.</param>
    /// <param name="referenceEvents">m.</param>
    /// <param name="volume">As for <see cref="Of"/>.</param>
    internal double AtVolume(long events, double referenceEvents, double volume) =>
        ZOf(KlNats, events * volume, referenceEvents, OccupiedBins);

    /// <summary>z = 2 n* KL / (K° − 1) with 1/n* = 1/N + 1/m; 0 where K° is 1.</summary>
    /// <param name="kl">D(current ‖ reference) in nats.</param>
    /// <param name="events">N·f.</param>
    /// <param name="referenceEvents">m; negative for a window within the reference.</param>
    /// <param name="occupied">K°.</param>
    internal static double ZOf(double kl, double events, double referenceEvents, int occupied) =>
        occupied == 1 ? 0 : 2 * kl / (1 / events + 1 / referenceEvents) / (occupied - 1);
}
