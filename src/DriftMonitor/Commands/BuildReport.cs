using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>What a build says of the reference that it made: what went in, and what the reference will be worth to its monitor.</summary>
internal sealed class BuildReport
{
    private const double LargeShare = 0.1; // of values of another type

    private readonly string _target;
    private readonly MonitorSpec _spec;
    private readonly ReferenceFile _file;
    private readonly ReferenceBuilder _builder;

    /// <summary>A report of a build.</summary>
    /// <param name="target">Where the reference was written to.</param>
    /// <param name="spec">The monitor that it is for.</param>
    /// <param name="file">The reference.</param>
    /// <param name="builder">What it was made by.</param>
    /// <param name="isPoolingChosen">Whether somebody has said how rare bins are to be dealt with: nobody is advised of what they have decided.</param>
    public BuildReport(string target, MonitorSpec spec, ReferenceFile file, ReferenceBuilder builder, bool isPoolingChosen)
    {
        (_target, _spec, _file, _builder) = (target, spec, file, builder);
        Remarks = [.. builder.Notes.Select(note => $"note: {note}"), .. RemarksOnBins(isPoolingChosen), .. RemarksOnExcluded(), .. RemarksOnCourse(), .. RemarksOnSegments()];
    }

    /// <summary>Notes and warnings, each a line that begins with <c>note:</c> or <c>warning:</c>.</summary>
    public IReadOnlyList<string> Remarks { get; }

    private Reference Reference => _file.Reference;

    private int RareBins
    {
        get
        {
            var windowsEach = Reference.EventsPerPane!.Value * _spec.WindowPanes.Min() / Reference.Events;
            return Reference.Counts[..Reference.Binning.Regular].ToArray().Count(count => count * windowsEach < BinsChoice.FewestExpected);
        }
    }

    /// <summary>What went in, in one line.</summary>
    public override string ToString()
    {
        var (period, bins) = (Reference.Period!.Value, Reference.Binning.Regular);
        var rejected = string.Join(", ", _builder.Rejected.Occurred.Select(reason => $"{reason.Value} {reason.Key}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{_target}: {Reference.Events} of {Phrases.Count(_builder.Events, "event")} from {period.From} to {period.To} in {Phrases.Count(bins, "bin")}{(_file.SegmentBy is { } by ? $", {Phrases.Count(_file.Segments.Count, "segment")} by {by}" : "")}{(rejected.Length > 0 ? $"; rejected: {rejected}" : "")}");
    }

    /// <summary>The same for programs, on one line.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["reference"] = _target,
            ["monitor"] = _spec.Name,
            ["field"] = _file.Field,
            ["read"] = _builder.Events,
            ["rejected"] = new JsonObject(_builder.Rejected.Occurred.Select(reason => KeyValuePair.Create<string, JsonNode?>(reason.Key, reason.Value))),
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
            json["segments"] = new JsonObject(_file.Segments.OrderBy(segment => segment.Key, StringComparer.Ordinal).Select(segment =>
                KeyValuePair.Create<string, JsonNode?>(segment.Key, new JsonObject { ["events"] = segment.Value.Reference.Events, ["calibration"] = Kinds(segment.Value.Calibration) })));
        }

        return json.ToJsonString(JsonStyle.Compact);
    }

    private static JsonObject Kinds(IReadOnlyDictionary<string, WindowCalibration> calibration) =>
        new(calibration.Select(window => KeyValuePair.Create<string, JsonNode?>(window.Key, CalibrationNames.Of(window.Value.Kind))));

    private IEnumerable<string> RemarksOnSegments()
    {
        if (_builder.SegmentsLeftOut > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"note: {Phrases.Count(_builder.SegmentsLeftOut, "segment")} with fewer events left without a reference, and so without alerts: MaxSegments is {_spec.MostSegments}");
        }

        var simulated = _file.Segments.Count(segment => segment.Value.Calibration.Values.Any(window => window.Kind == CalibrationKind.Independent));
        if (simulated > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"note: {simulated} of {Phrases.Count(_file.Segments.Count, "segment")} {(simulated == 1 ? "has" : "have")} a window whose calibration simulates independent events, which real streams outdo: their windows hold fewer events than MinimumEvents, {_spec.MinimumEvents}, or the reference is too short");
        }
    }

    private IEnumerable<string> RemarksOnBins(bool isPoolingChosen)
    {
        var binning = Reference.Binning;
        var rejected = _builder.Rejected.Occurred.Sum(reason => reason.Value);
        if (rejected > _builder.Events / 2)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"warning: {rejected} of {Phrases.Count(_builder.Events, "event")} were rejected: is this the right source, and EventTime the right field?");
        }

        if (Reference.Counts[binning.WrongType] is var wrong && wrong < Reference.Events && wrong > Reference.Events * LargeShare)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"warning: {wrong} of {Reference.Events} values are of another type than these bins are for, and count as wrong_type: {(binning is NumericBinning ? "for categories, --bins categories:20" : "name a field within the objects")}");
        }

        if (Reference.Counts[binning.Missing] == Reference.Events)
        {
            yield return $"warning: the field \"{_file.Field}\" is missing from every event: is the name right?";
        }
        else if (Reference.Counts[binning.WrongType] == Reference.Events)
        {
            yield return $"warning: the field \"{_file.Field}\" holds no value of the type that these bins are for in any of {Phrases.Count(Reference.Events, "event")}: leave --edges and --bins out, and the values decide";
        }
        else if (Reference.OccupiedBins == 1)
        {
            var bin = binning.Label(Reference.Counts.IndexOf(Reference.Events));
            yield return $"warning: every event falls in one bin, {bin}: windows differ from it only by values elsewhere; if the field varies within it, choose other --bins or --edges";
        }
        else if (!isPoolingChosen && binning.Regular > 1 && RareBins is var rare and > 0)
        {
            var shortest = _spec.Windows.MinBy(window => window.Length)!.Label;
            yield return $"note: {rare} of {binning.Regular} bins expect fewer than {BinsChoice.FewestExpected} events in a window of {shortest}: --min-expected {BinsChoice.FewestExpected} pools them";
        }
    }

    private IEnumerable<string> RemarksOnExcluded() =>
        Reference.Excluded.Where(excluded => excluded.To <= Reference.Period!.Value.From || excluded.From >= Reference.Period.Value.To)
            .Select(excluded => $"warning: --exclude {excluded.From}..{excluded.To} lies outside the reference, and leaves nothing out: is its date right?");

    private IEnumerable<string> RemarksOnCourse()
    {
        if (_builder.LongestSilence is { } silence && silence.Length > Reference.Period!.Value.Length / 2)
        {
            yield return $"warning: no event from {silence.From} to {silence.To}, most of the reference: if those before or after it have wrong times, leave them out with --from or --to; if events are missing, --exclude {silence.From}..{silence.To}";
        }

        var simulated = _spec.Windows.Where(window => _file.Calibration[window.Label].Kind == CalibrationKind.Independent).ToList();
        if (simulated.Count == 0 || Reference.OccupiedBins == 1)
        {
            yield break;
        }

        var length = Reference.Period!.Value.Length;
        var why = length < simulated.Max(window => window.Length) * Calibrator.FewestDisjointWindows
            ? $"{Phrases.Duration(length.TotalSeconds)} are too short to tell how the reference fluctuates; build it from at least {Calibrator.FewestDisjointWindows} such windows"
            : string.Create(CultureInfo.InvariantCulture, $"none of these windows holds the {_spec.MinimumEvents} events of MinimumEvents in the reference");
        yield return $"note: the calibration of {string.Join(" and ", simulated.Select(window => window.Label))} simulates independent events, which real streams outdo: {why}";
    }
}
