using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>What the windows of a monitor are compared with: read or made, and checked against its windows.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Options">Its options.</param>
/// <param name="PseudoCount">α of the smoothing.</param>
internal sealed record PlannedReference(ReferenceKind Kind, ReferenceOptions Options, double PseudoCount)
{
    /// <summary>The file that was read; null if the kind needs none, or the reference is still to be learned.</summary>
    public ReferenceFile? File { get; init; }

    /// <summary>The configured bins, for references without a file.</summary>
    public FieldBinning? Binning { get; init; }

    /// <summary>The given distribution, for the kinds inline and parametric.</summary>
    public Reference? Truth { get; init; }

    /// <summary>What a reference that grows has kept in its file; null if there is none, or the verb starts without.</summary>
    public GrowingFile? Kept { get; init; }

    /// <summary>Path of the file that the learned reference is written to; null where nothing is learned.</summary>
    public string? KeepAt { get; init; }

    /// <summary>Whether the reference moves and the monitor calibrates itself.</summary>
    public bool CalibratesItself =>
        Kind is ReferenceKind.PreviousWindow or ReferenceKind.Field or ReferenceKind.Topic or ReferenceKind.Rest;

    /// <summary>The calibration of a window, in whatever unit the file writes its length; null if there is none.</summary>
    public static WindowCalibration? Find(IReadOnlyDictionary<string, WindowCalibration> calibrations, TimeSpan window) =>
        calibrations.FirstOrDefault(calibration => Duration.TryParse(calibration.Key, out var length) && length.Span == window).Value;

    /// <summary>A monitor before its first event; a new one each time.</summary>
    /// <param name="spec">How events are windowed.</param>
    /// <param name="isSegmented">Whether there is a series for each segment.</param>
    public FieldMonitor Monitor(MonitorSpec spec, bool isSegmented)
    {
        if (Truth is not null)
        {
            return new FieldMonitor(spec, Calibrated(spec, Truth, NoCalibration));
        }

        switch (Kind)
        {
            case ReferenceKind.First when File is null:
                return LearningMonitor(spec);
            case ReferenceKind.SoFar when isSegmented:
                return new FieldMonitor(spec, GrowingRules(spec), Kept?.Series ?? new Dictionary<string, GrowingState>());
            case ReferenceKind.SoFar:
                var growing = new GrowingReference(spec, GrowingRules(spec), Kept?.Series[""]);
                return new FieldMonitor(spec, growing, new GrowingCalibration(growing));
            case ReferenceKind.PreviousWindow:
                return new FieldMonitor(spec, new PreviousWindow(Bins, spec.WindowPanes, PseudoCount), CalibratedByItself(spec));
            case ReferenceKind.Field:
                var field = new CompanionWindow(Bins, spec.WindowPanes, PseudoCount, $"the field {Options.Field}");
                return new FieldMonitor(spec, field, CalibratedByItself(spec));
            case ReferenceKind.Topic:
                var other = new CompanionWindow(Bins, spec.WindowPanes, PseudoCount, $"the topic {Options.Topic}");
                return new FieldMonitor(spec, other, CalibratedByItself(spec), hasReferenceTopic: true);
            case ReferenceKind.Rest:
                var all = new AllSegments(Bins, spec.WindowPanes, PseudoCount);
                return new FieldMonitor(spec, all, () => CalibratedByItself(spec, needsReadings: true));
        }

        var file = File ?? throw new InvalidOperationException($"the monitor {spec.Name} was planned without its reference");
        var whole = Calibrated(spec, file.Reference, file.Calibration);
        if (Kind == ReferenceKind.HourOfWeek)
        {
            return new FieldMonitor(spec, new HourOfWeek(spec, file.Reference, file.HourOfWeek!), new GivenCalibration(whole.Calibration));
        }

        if (file.Regimes.Count > 0)
        {
            var nearest = new NearestRegime(
                [.. file.Regimes.Select(regime => new Regime(regime.Name, regime.Reference, FactorsOf(spec, regime)))], spec.Windows.Count);
            return new FieldMonitor(spec, nearest, new GivenCalibration(whole.Calibration));
        }

        return isSegmented
            ? new FieldMonitor(spec, whole, file.Segments.ToDictionary(
                segment => segment.Key, segment => Calibrated(spec, segment.Value.Reference, segment.Value.Calibration)))
            : new FieldMonitor(spec, whole);
    }

    /// <summary>A monitor to load a checkpoint into: what it has learned comes from there, and not from its file.</summary>
    /// <param name="spec">As above.</param>
    /// <param name="isSegmented">As above.</param>
    public FieldMonitor MonitorToLoad(MonitorSpec spec, bool isSegmented) => Kind == ReferenceKind.First
        ? LearningMonitor(spec)
        : (this with { Kept = null }).Monitor(spec, isSegmented);

    private FieldMonitor LearningMonitor(MonitorSpec spec)
    {
        var panes = Options.Over is { } over ? checked((int)(over.Span.Ticks / spec.Pane.Length.Ticks)) : (int?)null;
        var learned = new LearnedReference(spec, Bins, PseudoCount, panes, Options.Events);
        return new FieldMonitor(spec, learned, new LearnedCalibration(learned));
    }

    /// <summary>For a reference that grows: whether its values are numbers in any case.</summary>
    public static bool NeedsNumbers(MonitorSpec spec) =>
        spec.HasMean || spec.Measures.Any(measure => measure.NeedsNumbers) || spec.Derivation is { IsNumeric: true };

    /// <summary>Length of event time over which a monitor with a moving reference calibrates itself.</summary>
    public TimeSpan CalibrateOver(TimeSpan pane)
    {
        var isTooLong = DefaultCalibration.Ticks / pane.Ticks > OptionsValidation.MostCalibratingPanes;
        return Options.CalibrateOver?.Span ?? (isTooLong ? pane * OptionsValidation.MostCalibratingPanes : DefaultCalibration);
    }

    private static readonly TimeSpan DefaultCalibration = TimeSpan.FromDays(14);

    private static Dictionary<string, WindowCalibration> NoCalibration => [];

    private GrowingRules GrowingRules(MonitorSpec spec) => new((int)(Options.LearnOver!.Value.Span.Ticks / spec.Pane.Length.Ticks))
    {
        Binning = Binning,
        NeedsNumbers = NeedsNumbers(spec),
        Exclude = [.. (Options.Exclude ?? []).Select(text => ExcludedPeriod.Parse(text)!.Value)],
        PseudoCount = PseudoCount,
    };

    private SelfCalibration CalibratedByItself(MonitorSpec spec, bool needsReadings = false) =>
        new(spec, Bins is PairBinning pairs ? pairs.AsCategories() : Bins, CalibrateOver(spec.Pane.Length), needsReadings);

    private FieldBinning Bins => Binning ?? File!.Reference.Binning;

    private static double[] FactorsOf(MonitorSpec spec, RegimeEntry regime) =>
    [
        .. spec.Windows.Select(window => regime.WithinFactors.Where(
                factor => Duration.TryParse(factor.Key, out var length) && length.Span == window.Length)
            .Select(factor => factor.Value).DefaultIfEmpty(1).First()),
    ];

    // The calibration of each window is taken from the file, or, if there is none, simulated from the reference.
    private static CalibratedReference Calibrated(
        MonitorSpec spec, Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibration)
    {
        return new CalibratedReference(
            reference,
            calibration.Count == 0 ? Calibrator.Calibrate(spec, reference, course: null) : [.. spec.Windows.Select(CalibrationOf)]);

        WindowCalibration CalibrationOf(WindowSpec window) =>
            Find(calibration, window.Length)
            ?? throw new InvalidOperationException($"the reference of {spec.Name} has no calibration for {window.Label}");
    }
}
