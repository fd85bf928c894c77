using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A reference for people: its histogram, the data behind its return periods, its largest peaks and its segments.</summary>
/// <param name="screen">Where to write it.</param>
/// <param name="file">The reference.</param>
/// <param name="falseAlarmEvery">The target time per false alarm, for which the reach is shown.</param>
internal sealed class ReferenceText(Screen screen, ReferenceFile file, Duration falseAlarmEvery)
{
    // Names take at most a third of the width, so that there is room for the bars. Edges may take half: a number that is cut is wrong.
    private const int NamesPart = 3;
    private const int EdgesPart = 2;
    private const int MostCategories = 100; // or pairs, in the table of bins

    /// <summary>The name of the segment of events without a segment, as in alerts.</summary>
    public const string Nameless = "no segment";

    private readonly ReferenceFile _file = file;

    /// <summary>Writes the reference of all events together, and the list of segments if there are any.</summary>
    public void Write()
    {
        Write(_file.Reference, _file.Calibration, null);
        if (_file.Segments.Count > 0)
        {
            screen.WriteLine();
            WriteSegments();
        }

        if (_file.Regimes.Count > 0)
        {
            screen.WriteLine();
            WriteRegimes();
        }
    }

    /// <summary>Writes the reference of one segment.</summary>
    public void Write(string segment) => Write(_file.Segments[segment].Reference, _file.Segments[segment].Calibration, segment);

    private void Write(Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibrations, string? segment)
    {
        WriteHead(reference, segment);
        screen.WriteLine();
        WriteBins(reference);
        screen.WriteLine();
        if (calibrations.Count == 0)
        {
            screen.WriteLine("not calibrated: return periods come from simulated independent events; real streams vary more than that");
            return;
        }

        if (_file.CalibratedOver is { } over)
        {
            screen.WriteLine($"calibrated on the readings from {over.From} to {over.To}");
        }

        WriteCalibrations(reference, calibrations);
        if (calibrations.Values.Any(calibration => calibration.Peaks.Count > 0))
        {
            screen.WriteLine();
            WritePeaks(reference, calibrations);
        }
    }

    private void WriteHead(Reference reference, string? segment)
    {
        screen.WriteLine($"field    {_file.Field}");
        if (segment is not null)
        {
            screen.WriteLine($"segment  {NameOf(segment)}{(_file.SegmentBy is { } by ? $" ({by})" : "")}");
        }

        screen.WriteLine(reference.Period is { } period ? $"period   {period.From} to {period.To}" : "period   none");
        foreach (var excluded in reference.Excluded)
        {
            screen.WriteLine($"excluded {excluded.From} to {excluded.To}");
        }

        if (segment is null && _file.HourOfWeek is not null)
        {
            screen.WriteLine("hours    separate counts for each of the 168 hours of the week; below, all hours together");
        }

        var perPane = reference.EventsPerPane is { } pane ? FormattableString.Invariant($", {pane:0.##} per pane") : "";
        var perWindow = reference.MeanEvents is { } window ? FormattableString.Invariant($", {window:0.##} per longest window") : "";
        screen.WriteLine($"events   {reference.Events}{perPane}{perWindow}");
        if (PairInformation.Of(reference) is { } pair)
        {
            var (x, y, both) = (pair.FirstEntropyNats, pair.SecondEntropyNats, pair.JointEntropyNats);
            var (mutual, corrected) = (pair.MutualInformationNats, pair.CorrectedMutualInformationNats);
            screen.WriteLine(FormattableString.Invariant($"entropy  {x:0.0000} and {y:0.0000} nats, jointly {both:0.0000}"));
            screen.WriteLine(FormattableString.Invariant($"mutual   information {mutual:0.0000} nats, less its bias {corrected:0.0000}"));
        }
    }

    private void WriteBins(Reference reference)
    {
        var binning = reference.Binning;
        var table = Screen.Table(" bin", " events", " share", "");
        var most = (double)reference.Counts.ToArray().Max();
        var cells = screen.Width / (binning is NumericBinning ? EdgesPart : NamesPart);
        var listed = binning is NumericBinning ? binning.Regular : Math.Min(binning.Regular, MostCategories);
        foreach (var bin in Enumerable.Range(0, binning.Regular).OrderByDescending(bin => reference.Counts[bin]).Take(listed).Order())
        {
            Add(bin, Style.Plain, Color.Teal);
        }

        var special = Enumerable.Range(binning.Regular, binning.SpecialNames.Count).ToLookup(bin => reference.Counts[bin] > 0);
        if (special[true].Any())
        {
            table.AddEmptyRow();
        }

        foreach (var bin in special[true])
        {
            Add(bin, Screen.Aside, Color.Grey);
        }

        screen.Write(table);
        if (listed < binning.Regular)
        {
            screen.WriteLine($"the {listed} of {binning.Regular} bins with the most events; --output json has all", isAside: true);
        }

        if (special[false].Any())
        {
            screen.WriteLine($"{string.Join(", ", special[false].Select(binning.Label))}: 0", isAside: true);
        }

        void Add(int bin, Style style, Color colour)
        {
            var count = reference.Counts[bin];
            table.AddRow(
                new Text(Screen.Unbroken(Screen.PlainLabel(binning.Label(bin), cells)), style),
                new Text(Whole(count), style),
                new Text(Figures.Percent((double)count / reference.Events), style),
                new Bar(count / most, colour));
        }
    }

    private void WriteCalibrations(Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibrations)
    {
        var series = Math.Max(1, _file.Segments.Count);
        var table = Screen.Table("window", "kind", " based on", " threshold", " above", " reach");
        foreach (var (window, calibration) in calibrations)
        {
            var reach = Reach(reference, calibration, series);
            var isMeasured = calibration.Kind == CalibrationKind.Measured; // the peaks of a simulation say nothing about the reference
            table.AddRow(
                new Text(Screen.Plain(window)),
                new Text(NameOf(calibration.Kind)),
                new Text(calibration.SpanPanes > 0 ? Panes(reference, calibration.SpanPanes) : "–"),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{calibration.Tail.Threshold:0.00} at {calibration.Tail.Level:0%}")),
                new Text(isMeasured ? Whole(calibration.Tail.Clusters) : "–"),
                new Text(
                    reach is { } known ? known.ToString(known < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) : "–",
                    reach > MonitorPlan.MostReach ? new Style(Color.Maroon) : Style.Plain));
        }

        screen.Write(table);
        screen.WriteLine();
        screen.WriteLine("threshold: the z that this share of the readings does not exceed; above: how often the readings rose above it.");
        var times = series > 1 ? $" times {series} segments" : "";
        screen.WriteLine(
            $"reach: the time per false alarm, {falseAlarmEvery} (--false-alarm-every){times}, divided by the time that the calibration "
            + "is based on. Above 1, the false-alarm rate depends on the shape of the fitted tail; "
            + FormattableString.Invariant($"check-config warns above {MonitorPlan.MostReach}."));
        foreach (var (window, calibration) in calibrations)
        {
            if (Caveat(reference, calibration) is { } caveat)
            {
                screen.WriteLine($"{window}: {caveat}.");
            }
        }
    }

    private void WritePeaks(Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibrations)
    {
        var table = Screen.Table("window", "largest peaks", " z", " once in", "");
        var most = calibrations.Values.SelectMany(calibration => calibration.Peaks).Select(peak => peak.Z).Append(0).Max();
        foreach (var (window, calibration) in calibrations)
        {
            foreach (var (place, peak) in calibration.Peaks.Index())
            {
                table.AddRow(
                    new Text(place == 0 ? Screen.Plain(window) : ""),
                    new Text(peak.Time.ToString()),
                    new Text(peak.Z.ToString("0.00", CultureInfo.InvariantCulture)),
                    new Text(Panes(reference, calibration.ReturnPeriod(peak.Z))),
                    new Bar(most > 0 ? peak.Z / most : 0, Color.Olive));
            }
        }

        screen.Write(table);
    }

    // In the order in which they were added. Bins and counts above are those of the first.
    private void WriteRegimes()
    {
        var table = Screen.Table("regime", " events", "from", "to", "accepted");
        foreach (var regime in _file.Regimes)
        {
            var period = regime.Reference.Period!.Value;
            table.AddRow(
                new Text(Screen.Plain(regime.Name, screen.Width / NamesPart)),
                new Text(Whole(regime.Reference.Events)),
                new Text(period.From.ToString()),
                new Text(period.To.ToString()),
                new Text(regime.AcceptedBy is { } by ? Screen.Plain($"by {by} at {regime.AcceptedAt}") : "–"));
        }

        screen.Write(table);
        screen.WriteLine();
        screen.WriteLine("Each reading is taken from the regime with the least z; the return periods rest on the periods of all of them.");
    }

    // The largest first. `--segment` shows one of them in full.
    private void WriteSegments()
    {
        var heading = _file.SegmentBy is { } by ? Screen.Plain(by, screen.Width / NamesPart) : "segment";
        var table = Screen.Table(heading, " events", " share", "", "return periods");
        var ordered = _file.Segments
            .OrderByDescending(segment => segment.Value.Reference.Events)
            .ThenBy(segment => segment.Key, StringComparer.Ordinal)
            .ToList();
        var most = (double)ordered[0].Value.Reference.Events;
        foreach (var (segment, own) in ordered)
        {
            var events = own.Reference.Events;
            table.AddRow(
                new Text(Screen.Plain(NameOf(segment), screen.Width / NamesPart)),
                new Text(Whole(events)),
                new Text(Figures.Percent((double)events / _file.Reference.Events)),
                new Bar(events / most, Color.Teal),
                new Text(Kinds(own.Calibration)));
        }

        screen.Write(table);
    }

    // The time per false alarm of one series, divided by the time that the calibration is based on.
    // Null if the calibration is only a simulation, or if the length of a pane is not known.
    private double? Reach(Reference reference, WindowCalibration calibration, int series) =>
        reference.Pane is { } pane && calibration.SpanPanes > 0
            ? falseAlarmEvery.Span.TotalDays * series / (calibration.SpanPanes * pane.TotalDays)
            : null;

    private static string? Caveat(Reference reference, WindowCalibration calibration) => calibration.Kind switch
    {
        CalibrationKind.Measured => null,
        CalibrationKind.Dispersion =>
            FormattableString.Invariant($"simulated independent events, with z divided by {calibration.Dispersion:0.##}, ")
            + $"the dispersion measured in {Panes(reference, calibration.SpanPanes)} of the reference (too few to fit a tail)",
        _ when reference.Period is null => "simulated independent events: the reference has no period",
        _ => "simulated independent events: the reference is too short or too sparse to measure how it varies",
    };

    private static string Kinds(IReadOnlyDictionary<string, WindowCalibration> calibrations) =>
        calibrations.Values.Select(calibration => calibration.Kind).Distinct().ToList() switch
        {
            [] => "not calibrated",
            [var same] => NameOf(same),
            _ => string.Join(", ", calibrations.Select(window => $"{Screen.Plain(window.Key)} {NameOf(window.Value.Kind)}")),
        };

    private static string NameOf(string segment) => segment.Length > 0 ? segment : Nameless;

    private static string NameOf(CalibrationKind kind) => CalibrationNames.Of(kind);

    private static string Panes(Reference reference, double panes) =>
        reference.Pane is { } length ? Phrases.ReturnPeriod(panes * length.TotalSeconds) : Phrases.Count((long)Math.Round(panes), "pane");

    private static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);
}
