using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A reference for people: its histogram, what its return periods rest on and how far a promise reaches beyond that, and its segments.</summary>
/// <param name="screen">Where it is written.</param>
/// <param name="file">The reference.</param>
/// <param name="every">The promise whose reach is told: one false alarm in this time.</param>
internal sealed class ReferenceText(Screen screen, ReferenceFile file, Duration every)
{
    // What a bin's or a segment's name may take of the width, so that the bars keep room; edges are figures, and a figure that is cut is another one.
    private const int NamesPart = 3;
    private const int EdgesPart = 2;

    /// <summary>What the segment of events without one is called, as alerts call it.</summary>
    public const string Nameless = "no segment";

    private readonly ReferenceFile _file = file;

    /// <summary>Writes the reference of all events together, and the list of segments where there are any.</summary>
    public void Write()
    {
        Write(_file.Reference, _file.Calibration, null);
        if (_file.Segments.Count > 0)
        {
            screen.WriteLine();
            WriteSegments();
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
            screen.WriteLine("not calibrated: return periods are those of simulated independent events, which real streams outdo");
            return;
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

        screen.WriteLine(reference.Period is { } period ? $"period   {period.From} to {period.To}" : "period   none of its own");
        foreach (var excluded in reference.Excluded)
        {
            screen.WriteLine($"without  {excluded.From} to {excluded.To}");
        }

        if (segment is null && _file.HourOfWeek is not null)
        {
            screen.WriteLine("hours    each of the week's 168 has counts of its own; below are those of all together");
        }

        screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"events   {reference.Events}{(reference.EventsPerPane is { } pane ? $", {pane:0.##} a pane" : "")}{(reference.MeanEvents is { } window ? $", {window:0.##} in the longest window" : "")}"));
    }

    private void WriteBins(Reference reference)
    {
        var binning = reference.Binning;
        var table = Screen.Table(" bin", " events", " share", "");
        var most = (double)reference.Counts.ToArray().Max();
        var cells = screen.Width / (binning is NumericBinning ? EdgesPart : NamesPart);
        for (var bin = 0; bin < binning.Regular; bin++)
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
        var table = Screen.Table("window", "kind", " rests on", " threshold", " above", " reach");
        foreach (var (window, calibration) in calibrations)
        {
            var reach = Reach(reference, calibration, series);
            table.AddRow(
                new Text(Screen.Plain(window)),
                new Text(NameOf(calibration.Kind)),
                new Text(calibration.SpanPanes > 0 ? Panes(reference, calibration.SpanPanes) : "–"),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{calibration.Tail.Threshold:0.00} at {calibration.Tail.Level:0%}")),
                new Text(calibration.Kind == CalibrationKind.Measured ? Whole(calibration.Tail.Clusters) : "–"), // a simulation's own say nothing of the reference
                new Text(reach is { } known ? known.ToString(known < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) : "–", reach > MonitorPlan.MostReach ? new Style(Color.Maroon) : Style.Plain));
        }

        screen.Write(table);
        screen.WriteLine();
        screen.WriteLine("threshold: the z that so many of the readings lie below; above: how often they rose above it.");
        screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"reach: one false alarm in {every} (--false-alarm-every){(series > 1 ? $", shared by {series} segments" : "")}, divided by what the calibration rests on. Beyond 1 the promise leans on the tail's shape; check-config warns above {MonitorPlan.MostReach}."));
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

    // The largest first, as `--segment` shows one whole.
    private void WriteSegments()
    {
        var table = Screen.Table(_file.SegmentBy is { } by ? Screen.Plain(by, screen.Width / NamesPart) : "segment", " events", " share", "", "return periods");
        var ordered = _file.Segments.OrderByDescending(segment => segment.Value.Reference.Events).ThenBy(segment => segment.Key, StringComparer.Ordinal).ToList();
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

    /// <summary>How many times the promise's time is of what a calibration rests on; null where that is simulation, or not known as time.</summary>
    private double? Reach(Reference reference, WindowCalibration calibration, int series) =>
        reference.Pane is { } pane && calibration.SpanPanes > 0 ? every.Span.TotalDays * series / (calibration.SpanPanes * pane.TotalDays) : null;

    private static string? Caveat(Reference reference, WindowCalibration calibration) => calibration.Kind switch
    {
        CalibrationKind.Measured => null,
        CalibrationKind.Dispersion => string.Create(CultureInfo.InvariantCulture,
            $"simulated independent events, z divided by {calibration.Dispersion:0.##} as {Panes(reference, calibration.SpanPanes)} of the reference show (too few for a tail of their own)"),
        _ => $"simulated independent events: the reference {(reference.Period is null ? "has no course of its own" : "is too short or too sparse to tell how it fluctuates")}",
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
