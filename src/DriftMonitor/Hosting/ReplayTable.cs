using System.Globalization;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Telemetry;

namespace DriftMonitor.Hosting;

/// <summary>A replay's readings and alert changes as a table for people.</summary>
internal sealed class ReplayTable
{
    private readonly TextWriter _out;
    private readonly IReadOnlyList<MonitorBinding> _bindings;
    private readonly int _nameWidth;
    private bool _hasHeader;

    /// <summary>A table to a writer.</summary>
    public ReplayTable(TextWriter output, IReadOnlyList<MonitorBinding> bindings)
    {
        _out = output;
        _bindings = bindings;
        _nameWidth = Math.Max("monitor".Length, bindings.Max(binding => binding.Monitor.Spec.Name.Length));
    }

    /// <summary>Writes the reports of one time.</summary>
    public void Write(IReadOnlyList<(int Monitor, SeriesReport Report)> together)
    {
        if (!_hasHeader)
        {
            _hasHeader = true;
            _out.WriteLine($"{"time",-20}  {"monitor".PadRight(_nameWidth)}  {"window",-7} {"events",9}  {"KL nats",9} {"noise",9} {"excess",9} {"z",8}");
        }

        foreach (var (monitor, report) in together)
        {
            foreach (var reading in report.Readings)
            {
                var numbers = reading.Measurement is { } measurement
                    ? string.Create(CultureInfo.InvariantCulture, $"{measurement.KlNats,9:0.00000} {measurement.NoiseNats,9:0.00000} {measurement.ExcessNats,9:0.00000} {measurement.Z,8:0.00}")
                    : UnavailableNames.Of(reading.Unavailable);
                _out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{report.Time,-20}  {_bindings[monitor].Monitor.Spec.Name.PadRight(_nameWidth)}  {reading.Window.Label,-7} {reading.Events,9}  {numbers}"));
            }
        }

        foreach (var (monitor, report) in together)
        {
            if (report.Transition is { } transition)
            {
                _out.WriteLine($"{report.Time,-20}  {_bindings[monitor].Monitor.Spec.Name.PadRight(_nameWidth)}  alert: {AlertStateNames.Of(transition.From)} → {AlertStateNames.Of(transition.To)}");
            }
        }
    }

    /// <summary>Writes the summary.</summary>
    public void WriteSummary(long events, IEnumerable<KeyValuePair<string, long>> unreadable)
    {
        var rejected = _bindings.SelectMany(binding => binding.Monitor.Rejected.Occurred.Select(reason => $"{binding.Monitor.Spec.Name}: {reason.Value} {reason.Key}"))
            .Concat(unreadable.Select(reason => $"{reason.Value} {reason.Key}")).ToList();
        _out.WriteLine($"{events} events read; rejected: {(rejected.Count == 0 ? "none" : string.Join(", ", rejected))}");
    }
}
