using System.Buffers;
using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>
/// A replay's readings and alert changes as CSV, in the order of <see cref="ReplayLines"/>, with the same names as columns. All rows have
/// all columns; one that does not apply is empty.
/// </summary>
internal sealed class ReplayCsv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    private static readonly string[] Columns =
    [
        "type", "time", "until", "monitor", "segment", "window", "events",
        "kl_nats", "kl_reverse_nats", "noise_nats", "excess_nats", "z", "return_period_s",
    ];

    private static readonly string[] PairColumns =
    [
        "mutual_information_nats", "mutual_information_corrected_nats", "conditional_entropy_nats",
        "entropy_nats_first", "entropy_nats_second", "entropy_nats_joint",
    ];

    private static readonly string[] LastColumns = ["unavailable", "from", "to"];

    private readonly TextWriter _out;
    private readonly IReadOnlyList<Measure> _measures; // those that some monitor asks for
    private readonly bool _hasMean; // some monitor asks for it
    private readonly bool _hasWords; // some monitor counts words
    private readonly bool _hasPairs; // some monitor is of two fields
    private readonly int _figures; // columns of figures

    /// <summary>Writes the row of the columns' names.</summary>
    public ReplayCsv(TextWriter output, IReadOnlyList<MonitorBinding> bindings)
    {
        _out = output;
        _measures = [.. bindings.SelectMany(binding => binding.Monitor.Spec.Measures).Distinct()];
        _hasMean = bindings.Any(binding => binding.Monitor.Spec.HasMean);
        _hasWords = bindings.Any(binding => binding.Monitor.Spec.CountsWords);
        _hasPairs = bindings.Any(binding => binding.Monitor.Binning is PairBinning);
        string[] mean = _hasMean ? ["mean"] : [];
        string[] words = _hasWords ? ["cross_entropy_nats", "perplexity"] : [];
        string[] pairs = _hasPairs ? PairColumns : [];
        _figures = 6 + _measures.Count + mean.Length + words.Length + pairs.Length;
        Write([.. Columns, .. _measures.Select(measure => MeasureNames.Of(measure).Key), .. mean, .. words, .. pairs, .. LastColumns]);
    }

    /// <summary>Writes all reports of the same time.</summary>
    public void Write(IReadOnlyList<(MonitorBinding Monitor, IReadOnlyList<SeriesReport> Reports)> together)
    {
        foreach (var (monitor, reports) in together)
        {
            for (var window = 0; window < monitor.Monitor.Spec.Windows.Count; window++)
            {
                foreach (var report in reports)
                {
                    WriteReading(monitor, report, report.Readings[window]);
                }
            }
        }

        foreach (var (monitor, reports) in together)
        {
            foreach (var report in reports)
            {
                if (report.Transition is { } transition)
                {
                    WriteRow(
                        "alert", monitor, report, "", "", Enumerable.Repeat("", _figures), "",
                        AlertStateNames.Of(transition.From), AlertStateNames.Of(transition.To));
                }
            }
        }
    }

    private void WriteReading(MonitorBinding monitor, SeriesReport report, Reading reading)
    {
        var measurement = reading.Measurement;
        double?[] mean = _hasMean ? [measurement?.Mean] : [];
        double?[] words = _hasWords ? [measurement?.CrossEntropyNats, measurement?.Perplexity] : [];
        var pair = measurement?.Pair;
        double?[] pairs = !_hasPairs ? [] :
        [
            pair?.MutualInformationNats, pair?.CorrectedMutualInformationNats, pair?.ConditionalEntropyNats,
            pair?.FirstEntropyNats, pair?.SecondEntropyNats, pair?.JointEntropyNats,
        ];
        double?[] figures =
        [
            measurement?.KlNats, measurement?.ReverseKlNats, measurement?.NoiseNats, measurement?.ExcessNats, measurement?.Z,
            measurement?.ShownReturnPeriodSeconds, .. _measures.Select(measure => Further(measurement, measure)), .. mean, .. words,
            .. pairs,
        ];
        WriteRow(
            "reading", monitor, report, reading.Window.Label, reading.Events.ToString(CultureInfo.InvariantCulture),
            figures.Select(figure => figure?.ToString(CultureInfo.InvariantCulture) ?? ""),
            measurement is null ? UnavailableNames.Of(reading.Unavailable) : "", "", "");
    }

    private static double? Further(Measurement? measurement, Measure measure)
    {
        foreach (var further in measurement?.Further ?? [])
        {
            if (further.Measure == measure)
            {
                return further.Value;
            }
        }

        return null;
    }

    private void WriteRow(
        string type, MonitorBinding monitor, SeriesReport report, string window, string events, IEnumerable<string> figures,
        string unavailable, string from, string to) =>
        Write(
        [
            type, report.Time.ToString(), report.Until?.ToString() ?? "", monitor.Monitor.Spec.Name, report.Segment, window, events,
            .. figures, unavailable, from, to,
        ]);

    // RFC 4180, with the line ends of the other outputs.
    private void Write(IReadOnlyList<string> cells)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            _out.Write(i == 0 ? "" : ",");
            _out.Write(cell.AsSpan().ContainsAny(Special) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell);
        }

        _out.Write('\n');
    }
}
