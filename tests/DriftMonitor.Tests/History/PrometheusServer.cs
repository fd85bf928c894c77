using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>
/// A real Prometheus on a free port, over the data of a folder; it scrapes nothing unless told to. Killed when disposed of.
/// </summary>
internal sealed class PrometheusServer : IDisposable
{
    private const int Shown = 20; // lines of its log

    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly ConcurrentQueue<string> _last = new();

    /// <summary>Starts it and waits until it is ready.</summary>
    public PrometheusServer(Tool tool, Workshop workshop, string data, string configuration = "", params string[] options)
    {
        workshop.Write("prometheus.yml", configuration);
        var address = $"127.0.0.1:{Ports.Free()}";
        string[] arguments =
        [
            $"--config.file={workshop["prometheus.yml"]}", $"--storage.tsdb.path={data}", $"--web.listen-address={address}",
            "--storage.tsdb.retention.time=100y", .. options,
        ];
        _process = Process.Start(DriftMonitorProcess.StartInfo(Machine.Find(tool), arguments, workshop.Folder))!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.ErrorDataReceived += (_, line) => _last.Enqueue(line.Data ?? "");
        _process.BeginErrorReadLine();
        _client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        Eventually.Within(TimeSpan.FromSeconds(60), $"{tool} is ready", IsReady);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _client.BaseAddress!;

    /// <summary>The samples of a range query: the series' labels, and its values by time.</summary>
    public IEnumerable<(string Labels, double Seconds, double Value)> Range(string query, long from, long to, string step) =>
        from series in Get($"query_range?query={Uri.EscapeDataString(query)}&start={from}&end={to}&step={step}")["result"]!.AsArray()
        let labels = string.Join(',', series["metric"]!.AsObject().Select(label => $"{label.Key}={label.Value}").Order())
        from sample in series["values"]!.AsArray()
        select (labels, sample![0]!.GetValue<double>(), double.Parse(sample[1]!.GetValue<string>(), CultureInfo.InvariantCulture));

    /// <summary>How many samples the series of a range have, all together.</summary>
    public int Count(string range, long seconds) =>
        Get($"query?query={Uri.EscapeDataString(range)}&time={seconds}")["result"]!.AsArray()
            .Sum(series => series!["values"]!.AsArray().Count);

    /// <summary>The only value of a query at a moment.</summary>
    public double Single(string query, long seconds)
    {
        var result = Get($"query?query={Uri.EscapeDataString(query)}&time={seconds}")["result"]!.AsArray();
        return double.Parse(Assert.Single(result)!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    /// <summary>Whether it still runs, and what it logged last.</summary>
    public override string ToString() =>
        $"{(_process.HasExited ? $"ended with {_process.ExitCode}" : "running")}\n{string.Join('\n', _last.TakeLast(Shown))}";

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
    }

    /// <summary>The answer of the API at a path below <c>/api/v1</c>.</summary>
    public JsonNode Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{path}");
        using var response = _client.Send(request);
        using var body = new StreamReader(response.Content.ReadAsStream());
        var text = body.ReadToEnd();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["data"]!;
    }

    private bool IsReady()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"Prometheus ended with {_process.ExitCode}");
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/-/ready");
            using var response = _client.Send(request);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not accept connections yet
        }
    }
}
