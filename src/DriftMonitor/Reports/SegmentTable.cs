using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Reports;

/// <summary>The segments of a replay for people, monitor by monitor and window by window.</summary>
/// <param name="screen">Where to write them.</param>
/// <param name="recorder">What the replay has shown.</param>
internal sealed class SegmentTable(Screen screen, SegmentRecorder recorder)
{
    private const int MostBins = 5; // of a list; the others are counted
    private const int NamesPart = 4; // of the width
    private const int LabelWidth = 30;

    /// <summary>Writes the segments of all monitors that have some.</summary>
    public void Write(IReadOnlyList<MonitorBinding> bindings)
    {
        foreach (var binding in bindings.Where(binding => binding.Monitor.IsSegmented))
        {
            foreach (var (place, window) in binding.Monitor.Spec.Windows.Index())
            {
                Write(binding, binding.Monitor, place, window.Label);
            }
        }
    }

    private void Write(MonitorBinding binding, FieldMonitor monitor, int window, string label)
    {
        var name = Screen.Plain(monitor.Spec.Name);
        if (recorder.TimeOf(monitor) is not { } time)
        {
            screen.WriteLine($"{name}: no pane has closed in the range");
            screen.WriteLine();
            return;
        }

        var against = monitor.Against.Description ?? "the reference";
        screen.WriteLine($"{name}, the {label} to {time}: {binding.Field} by {binding.SegmentBy}, compared with {against}");
        var table = Screen.Table("segment", " events", " KL nats", " noise", " excess", " once in", "prefers and avoids");
        foreach (var profile in recorder.Rank(monitor, window))
        {
            AddRows(table, profile);
        }

        screen.Write(table);
        screen.WriteLine();
        screen.WriteLine(
            $"prefers (+) and avoids (-): the share of the segment against that of {against}, and what it contributes to KL, in nats; "
            + "shares that chance explains are left out.", isAside: true);
        screen.WriteLine();
    }

    private void AddRows(Table table, SegmentProfile profile)
    {
        var segment = Screen.Plain(AlertText.NameOf(profile.Segment), screen.Width / NamesPart);
        var events = new Text(profile.Reading.Events.ToString(CultureInfo.InvariantCulture));
        if (profile.Reading.Measurement is not { } measurement)
        {
            table.AddRow(
                new Text(segment), events, Text.Empty, Text.Empty, Text.Empty, Text.Empty,
                new Text(UnavailableNames.Of(profile.Reading.Unavailable), Screen.Aside));
            return;
        }

        var lines = Lines(profile).DefaultIfEmpty("nothing beyond noise").ToList();
        table.AddRow(
            new Text(segment),
            events,
            new Text(Figures.Nats(measurement.KlNats)),
            new Text(Figures.Nats(measurement.NoiseNats)),
            new Text(Figures.Nats(measurement.ExcessNats)),
            new Text(measurement.ShownReturnPeriodSeconds is { } period ? Phrases.ReturnPeriod(period) : "–"),
            new Text(lines[0]));
        foreach (var line in lines.Skip(1))
        {
            table.AddRow(Text.Empty, Text.Empty, Text.Empty, Text.Empty, Text.Empty, Text.Empty, new Text(line));
        }
    }

    private static IEnumerable<string> Lines(SegmentProfile profile)
    {
        var labels = BinLabels.Of(profile.Histogram!.Binning);
        return Lines("+", profile.Preferred, "preferred").Concat(Lines("-", profile.Avoided, "avoided"));

        IEnumerable<string> Lines(string sign, IReadOnlyList<DistinctBin> bins, string what)
        {
            foreach (var bin in bins.Take(MostBins))
            {
                var label = Screen.PlainLabel(labels[bin.Bin], LabelWidth);
                yield return $"{sign} {label}: {Figures.Percent(bin.Share)} against {Figures.Percent(bin.ReferenceShare)}, "
                    + $"{Figures.Signed(bin.ContributionNats)}";
            }

            if (bins.Count > MostBins)
            {
                yield return FormattableString.Invariant($"{sign} {bins.Count - MostBins} more {what}");
            }
        }
    }
}
