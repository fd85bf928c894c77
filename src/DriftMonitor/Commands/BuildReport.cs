using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The summary of a reference build: what it read, and notes and warnings about the reference's quality for its monitor.</summary>
internal sealed class BuildReport
{
    private const double ShareToHold = 0.9;

    private readonly string _target;
    private readonly string _topic;
    private readonly MonitorSpec _spec;
    private readonly ReferenceFile _file;
    private readonly ReferenceBuilder _builder;

    /// <summary>Creates the report of a finished build.</summary>
    /// <param name="target">The path that the reference was written to.</param>
    /// <param name="topic">The topic that it was built from; files stand in for it.</param>
    /// <param name="spec">The monitor that it is for.</param>
    /// <param name="file">The reference.</param>
    /// <param name="builder">The builder that made it.</param>
    /// <param name="isPoolingChosen">Whether the user chose how rare bins are pooled. If so, no note recommends pooling.</param>
    public BuildReport(string target, string topic, MonitorSpec spec, ReferenceFile file, ReferenceBuilder builder, bool isPoolingChosen)
    {
        (_target, _topic, _spec, _file, _builder) = (target, topic, spec, file, builder);
        Remarks =
        [
            .. builder.Notes.Select(note => $"note: {note}"),
            .. RemarksOnBins(isPoolingChosen),
            .. RemarksOnUnseen(),
            .. RemarksOnHistory(),
            .. RemarksOnExclusions(),
            .. RemarksOnPeriod(),
            .. RemarksOnSegments(),
            .. RemarksOnLosses(),
        ];
    }

    /// <summary>Notes and warnings, each one line that starts with <c>note:</c> or <c>warning:</c>.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Those of them that are about the reference, and not about the events that were read for it.</summary>
    public IReadOnlyList<string> RemarksOnReference =>
        [.. RemarksOnBins(isPoolingChosen: true), .. RemarksOnUnseen(), .. RemarksOnPeriod()];

    private Reference Reference => _file.Reference;

    // The bins in which few events are expected in the shortest window.
    private int RareBins
    {
        get
        {
            var windowShare = Reference.EventsPerPane!.Value * _spec.WindowPanes.Min() / Reference.Events;
            var counts = Reference.Counts[..Reference.Binning.Regular].ToArray();
            return counts.Count(count => count * windowShare < BinsChoice.FewestExpected);
        }
    }

    /// <summary>The summary in one line.</summary>
    public override string ToString()
    {
        var (period, bins) = (Reference.Period!.Value, Reference.Binning.Regular);
        var segments = _file.SegmentBy is { } by ? $", {Phrases.Count(_file.Segments.Count, "segment")} by {by}" : "";
        var rejected = RejectionNames.List(_builder.Rejected);
        var values = _spec.CountsVolume ? Phrases.Count(Reference.Events, "value")
            : _spec.CountsWords ? Phrases.Count(Reference.Events, "word")
            : _builder.Joined is var (pairs, alone)
                ? $"{Phrases.Count(pairs, "pair")} and {Phrases.Count(alone, "event")} without a partner"
            : $"{Reference.Events}";
        return $"{_target}: {values} of {Phrases.Count(_builder.Events, "event")} from {period.From} to {period.To} "
            + $"in {Phrases.Count(bins, "bin")}{segments}{(rejected.Length > 0 ? $"; rejected: {rejected}" : "")}";
    }

    /// <summary>The summary and the remarks as JSON in one line.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["reference"] = _target,
            ["monitor"] = _spec.Name,
            ["field"] = _file.Field,
            ["read"] = _builder.Events,
            ["rejected"] = new JsonObject(
                from reason in RejectionNames.Occurred(_builder.Rejected)
                select KeyValuePair.Create<string, JsonNode?>(reason.Key, reason.Value)),
            ["events"] = Reference.Events,
            ["from"] = Reference.Period!.Value.From.ToString(),
            ["to"] = Reference.Period.Value.To.ToString(),
            ["bins"] = Reference.Binning.Regular,
            ["rare_bins"] = RareBins,
            ["calibration"] = Kinds(_file.Calibration),
            ["remarks"] = new JsonArray([.. Remarks.Select(remark => JsonValue.Create(remark))]),
        };
        if (_file.SegmentBy is not null)
        {
            json["segments"] = new JsonObject(
                from segment in _file.Segments.OrderBy(segment => segment.Key, StringComparer.Ordinal)
                let calibration = Kinds(segment.Value.Calibration)
                let summary = new JsonObject { ["events"] = segment.Value.Reference.Events, ["calibration"] = calibration }
                select KeyValuePair.Create<string, JsonNode?>(segment.Key, summary));
        }

        return json.ToJsonString(JsonStyle.Compact);
    }

    private static JsonObject Kinds(IReadOnlyDictionary<string, WindowCalibration> calibration) => new(
        from window in calibration
        select KeyValuePair.Create<string, JsonNode?>(window.Key, CalibrationNames.Of(window.Value.Kind)));


    private IEnumerable<string> RemarksOnLosses()
    {
        if (RejectionText.Describe(
            null, "event", _builder.Events, _builder.Rejected, _builder.FirstRejected, _topic) is { } losses)
        {
            yield return $"warning: {losses}";
        }
    }

    private IEnumerable<string> RemarksOnSegments()
    {
        if (_builder.SegmentsLeftOut > 0)
        {
            yield return $"note: {Phrases.Count(_builder.SegmentsLeftOut, "segment")} with fewer events have no reference of their own "
                + $"and will not raise alerts: MaxSegments is {_spec.MostSegments}";
        }

        var simulated = _file.Segments.Values.Count(segment =>
            segment.Calibration.Values.Any(window => window.Kind == CalibrationKind.Independent));
        if (simulated > 0)
        {
            yield return $"note: {simulated} of {Phrases.Count(_file.Segments.Count, "segment")} {(simulated == 1 ? "has" : "have")} "
                + "a window that is calibrated by simulating "
                + "independent events; real streams vary more than that: "
                + $"their windows have fewer events than MinimumEvents ({_spec.MinimumEvents}), or the reference is too short";
        }
    }

    private IEnumerable<string> RemarksOnBins(bool isPoolingChosen)
    {
        var binning = Reference.Binning;
        var remedy = isPoolingChosen ? BinRemarks.Divide + ", or a lower --min-expected" : BinRemarks.Divide;
        var remarks = BinRemarks.Of($"the field \"{_file.Field}\"", binning, Reference.Counts.ToArray(), _builder.CrowdedBin, remedy);
        foreach (var remark in remarks)
        {
            yield return remark;
        }

        if (_builder.CrowdedSegments is [var example, ..] segments)
        {
            yield return $"note: in {segments.Count} of {Phrases.Count(_file.Segments.Count, "segment")}, such as \"{example}\", one bin "
                + "holds more than half of the values, different ones, because bins are shared by all segments: "
                + $"a drift among them stays unseen; {remedy}";
        }

        if (!isPoolingChosen && binning.Regular > 1 && Reference.OccupiedBins > 1 && RareBins is var rare and > 0)
        {
            var shortest = _spec.Windows.MinBy(window => window.Length)!.Label;
            yield return $"note: {rare} of {binning.Regular} bins expect fewer than {BinsChoice.FewestExpected} events in a window "
                + $"of {shortest}: --min-expected {BinsChoice.FewestExpected} pools them";
        }
    }

    private IEnumerable<string> RemarksOnUnseen()
    {
        if (Reference.Binning is PairBinning pairs && 2 * Reference.Counts[pairs.Rare] > Reference.Events)
        {
            var rare = Figures.Percent((double)Reference.Counts[pairs.Rare] / Reference.Events);
            yield return $"warning: {rare} of the events count as rare, where drift can't be seen: choose fewer bins for each field, or a "
                + "lower --min-expected";
        }

        if (Reference.Binning is not CategoricalBinning categories || 2 * Reference.Counts[categories.Unseen] <= Reference.Events)
        {
            yield break;
        }

        var needed = _builder.Sample.CategoriesFor(ShareToHold);
        var share = Figures.Percent((double)Reference.Counts[categories.Unseen] / Reference.Events);
        var remedy = _builder.Sample.IsMostlyNumbers ? "they are numbers, so use --bins quantiles:10"
            : needed <= NumericBinning.MaximumBins ? $"use --bins categories:{needed}, which hold {Figures.Percent(ShareToHold)}"
            : $"it takes {needed} to hold {Figures.Percent(ShareToHold)}, as of an identifier, so watch a field with fewer values";
        yield return $"warning: {share} of the values are in none of the {Phrases.Count(categories.Regular, "category", "categories")} "
            + $"and count as unseen, where drift among them can't be seen: {remedy}";
    }

    private IEnumerable<string> RemarksOnHistory()
    {
        if (_builder.WithoutHistory is > 0 and var events)
        {
            yield return $"note: {Phrases.Count(events, "event")} left out, as not enough came before for {_file.Field}";
        }
    }

    private IEnumerable<string> RemarksOnExclusions() =>
        from excluded in Reference.Excluded
        where excluded.To <= Reference.Period!.Value.From || excluded.From >= Reference.Period.Value.To
        select $"warning: --exclude {excluded.From}..{excluded.To} is outside the reference's period and excludes nothing: check the dates";

    private IEnumerable<string> RemarksOnPeriod()
    {
        if (EventTimeWarnings.DescribeStart(Reference.Period!.Value.From, _builder.Recipe.EventTime?.Text) is { } start)
        {
            yield return $"warning: the reference has {start}";
        }

        if (_builder.LongestSilence is { } gap && gap.Length > Reference.Period!.Value.Length / 2)
        {
            yield return $"warning: there are no events from {gap.From} to {gap.To}, more than half of the reference: "
                + "if the events before or after have wrong times, leave them out with --from or --to; "
                + $"if events are missing, use --exclude {gap.From}..{gap.To}";
        }

        var simulated = _spec.Windows.Where(window => _file.Calibration[window.Label].Kind == CalibrationKind.Independent).ToList();
        if (simulated.Count == 0 || Reference.OccupiedBins == 1)
        {
            yield break;
        }

        var windows = string.Join(" and ", simulated.Select(window => window.Label));
        var length = Reference.Period!.Value.Length;
        var reason = length < simulated.Max(window => window.Length) * Calibrator.FewestDisjointWindows
            ? $"{Phrases.Duration(length.TotalSeconds)} are too short to measure how the reference varies; "
                + $"build it from at least {Calibrator.FewestDisjointWindows} such windows"
            : $"in the reference, none of these windows has the {_spec.MinimumEvents} events of MinimumEvents";
        yield return $"note: the calibration of {windows} simulates independent events; real streams vary more than that: {reason}";
    }
}
