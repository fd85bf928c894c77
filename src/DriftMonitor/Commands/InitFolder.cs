using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Proposals;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The folder that <c>init</c> writes to: all files of a proposal, or none.</summary>
internal sealed class InitFolder : IDisposable
{
    private readonly string _path;
    private readonly bool _isNew;
    private bool _isWritten;

    /// <summary>Makes the folder if it is absent.</summary>
    /// <exception cref="UsageException">It is not empty, is no folder, or cannot be made or written to.</exception>
    public InitFolder(string path)
    {
        _path = path;
        if (File.Exists(path))
        {
            throw new UsageException($"--out {path} is a file: name a folder that is empty or absent");
        }

        try
        {
            _isNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
            if (Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new UsageException($"--out {path} is not empty: name a folder that is empty or absent");
            }

            // Before the topic is read, which may take a minute.
            using var probe = new FileStream(
                TemporaryNameOf("probe"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--out {path} cannot be written to: {e.Message}", e);
        }
    }

    /// <summary>Writes the files: under other names first, and the configuration last, when it has passed <c>check-config</c>.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Write(Proposal proposal)
    {
        var written = new List<string>();
        try
        {
            foreach (var field in proposal.Watched.Where(field => field.Reference is not null))
            {
                WriteFile(field.Monitor!.Reference.File!, field.Reference!.ToJson());
            }

            WriteFile(ProposalBuilder.PrometheusName, PrometheusText(proposal.Options.Http.Port));
            var temporary = TemporaryNameOf(ProposalBuilder.ConfigurationName);
            written.Add(temporary);
            WriteText(temporary, ConfigurationText(proposal.Options));
            var plan = MonitorPlan.Load(temporary, [], Needs.Service);
            if (plan.Faults.Count > 0)
            {
                throw new InvalidOperationException($"the proposed configuration is wrong: {plan.Faults[0]}");
            }

            File.Move(temporary, Path.Combine(_path, ProposalBuilder.ConfigurationName));
            _isWritten = true;
        }
        catch
        {
            written.ForEach(File.Delete);
            throw;
        }

        void WriteFile(string name, string text)
        {
            var (temporary, path) = (TemporaryNameOf(name), Path.Combine(_path, name));
            written.Add(temporary);
            WriteText(temporary, text);
            written.Add(path);
            File.Move(temporary, path);
        }
    }

    /// <summary>Removes a folder that was made for nothing.</summary>
    public void Dispose()
    {
        if (_isNew && !_isWritten && Directory.Exists(_path) && !Directory.EnumerateFileSystemEntries(_path).Any())
        {
            Directory.Delete(_path);
        }
    }

    /// <summary>The configuration file, with the keys that differ from their defaults.</summary>
    public static string ConfigurationText(DriftMonitorOptions options) => new JsonObject
    {
        [DriftMonitorOptions.Section] = new JsonObject
        {
            [nameof(options.Kafka)] = new JsonObject { [nameof(KafkaOptions.BootstrapServers)] = options.Kafka.BootstrapServers },
            [nameof(options.Checkpoint)] = new JsonObject { [nameof(CheckpointOptions.Directory)] = options.Checkpoint.Directory },
            [nameof(options.Monitors)] = new JsonArray([.. options.Monitors.Select(ToJson)]),
        },
    }.ToJsonString(JsonStyle.Indented) + "\n";

    private static JsonObject ToJson(MonitorOptions monitor)
    {
        var json = new JsonObject
        {
            [nameof(monitor.Name)] = monitor.Name,
            [nameof(monitor.Topic)] = monitor.Topic,
            [nameof(monitor.Field)] = monitor.Field,
        };
        AddText(json, nameof(monitor.EventTime), monitor.EventTime);
        AddText(json, nameof(monitor.EventTimeFormat), monitor.EventTimeFormat);
        AddText(json, nameof(monitor.Unpack), monitor.Unpack);
        json[nameof(monitor.Windows)] = new JsonArray([.. monitor.Windows.Select(window => JsonValue.Create(window.ToString()))]);
        json[nameof(monitor.Pane)] = monitor.Pane!.ToString();
        AddText(json, nameof(monitor.AllowedLateness), monitor.AllowedLateness.Span > TimeSpan.Zero ? $"{monitor.AllowedLateness}" : null);
        json[nameof(monitor.Reference)] = ToJson(monitor.Reference);
        json[nameof(monitor.Alert)] =
            new JsonObject { [nameof(AlertOptions.FalseAlarmEvery)] = monitor.Alert!.FalseAlarmEvery!.ToString() };
        return json;
    }

    private static JsonObject ToJson(ReferenceOptions reference)
    {
        var json = new JsonObject();
        AddText(json, nameof(reference.Kind), reference.Kind == ReferenceKind.File ? null : OptionsShape.TextOf(reference.Kind));
        AddText(json, nameof(reference.LearnOver), reference.LearnOver?.ToString());
        json[nameof(reference.File)] = reference.File;
        if (reference.Categories is { } categories)
        {
            json[nameof(reference.Categories)] = new JsonArray([.. categories.Select(label => JsonValue.Create(label))]);
        }

        return json;
    }

    private static void AddText(JsonObject json, string key, string? text)
    {
        if (text is not null)
        {
            json[key] = text;
        }
    }

    private static string PrometheusText(int port) => string.Create(CultureInfo.InvariantCulture, $"""
        # Scrapes `driftmonitor run` on this machine: add the job to your Prometheus configuration, or use this file as it is.
        # The alerting rules are deploy/prometheus/rules.yml of the DriftMonitor repository: copy them into this folder, and remove
        # the # below.
        scrape_configs:
          - job_name: driftmonitor
            static_configs:
              - targets: [localhost:{port}]
        # rule_files: [rules.yml]

        """);

    private static void WriteText(string path, string text)
    {
        using var file = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
        file.Write(text);
    }

    // Hidden, and random, so that no file of anybody else is replaced.
    private string TemporaryNameOf(string name) => Path.Combine(_path, $".{name}.{Path.GetRandomFileName()}");
}
