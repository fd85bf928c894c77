using System.Diagnostics;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Notifications;

/// <summary>A real Alertmanager on a free port; killed when disposed of.</summary>
internal sealed class AlertmanagerServer : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    /// <summary>Starts it and waits until it is ready.</summary>
    public AlertmanagerServer(Workshop workshop)
    {
        workshop.Write("alertmanager.yml", "route: { receiver: nobody }\nreceivers: [ { name: nobody } ]\n");
        var address = $"127.0.0.1:{Ports.Free()}";
        string[] arguments =
        [
            $"--config.file={workshop["alertmanager.yml"]}", $"--storage.path={workshop["alertmanager"]}", "--cluster.listen-address=",
            $"--web.listen-address={address}",
        ];
        _process = Process.Start(DriftMonitorProcess.StartInfo(Machine.Find(Tool.Alertmanager), arguments, workshop.Folder))!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        Eventually.Within(TimeSpan.FromSeconds(60), "Alertmanager is ready", IsReady);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => _client.BaseAddress!;

    /// <summary>The alerts that it shows as active.</summary>
    public IReadOnlyList<JsonNode> Active() =>
        [.. JsonNode.Parse(_client.GetStringAsync("/api/v2/alerts?active=true").GetAwaiter().GetResult())!.AsArray()!];

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
    }

    private bool IsReady()
    {
        try
        {
            return _client.GetAsync("/-/ready").GetAwaiter().GetResult().IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
