using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A toxiproxy between clients and a broker, which cuts, delays or resets their connections.</summary>
internal sealed class Toxiproxy : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _api;
    private readonly List<string> _toxics = [];

    /// <summary>Starts a proxy.</summary>
    /// <param name="listen">The port that clients use.</param>
    /// <param name="upstream">The broker's.</param>
    public Toxiproxy(int listen, int upstream)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Machine.Find(Tool.Toxiproxy), ["-port", $"{port}", "-host", "127.0.0.1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LOG_LEVEL"] = "error";
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _api = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")) };
        Eventually.Within(TimeSpan.FromSeconds(20), "toxiproxy answers", () =>
        {
            try
            {
                Send(HttpMethod.Get, "version");
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        Send(HttpMethod.Post, "proxies", new JsonObject
        {
            ["name"] = "broker",
            ["listen"] = $"127.0.0.1:{listen}",
            ["upstream"] = $"127.0.0.1:{upstream}",
            ["enabled"] = true,
        });
    }

    /// <summary>Adds a fault to what the broker sends.</summary>
    /// <param name="type">Such as <c>timeout</c>, which stops all data, or <c>reset_peer</c>.</param>
    /// <param name="attributes">Its settings.</param>
    public void Add(string type, JsonObject attributes)
    {
        var name = $"{type}-{_toxics.Count}";
        Send(HttpMethod.Post, "proxies/broker/toxics", new JsonObject
        {
            ["name"] = name,
            ["type"] = type,
            ["stream"] = "downstream",
            ["attributes"] = attributes,
        });
        _toxics.Add(name);
    }

    /// <summary>Takes the faults away.</summary>
    public void Heal()
    {
        _toxics.ForEach(name => Send(HttpMethod.Delete, $"proxies/broker/toxics/{name}"));
        _toxics.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _api.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Send(HttpMethod method, string path, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using var response = _api.Send(request);
        response.EnsureSuccessStatusCode();
    }
}
