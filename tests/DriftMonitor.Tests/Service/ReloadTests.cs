using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Planning;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Service;

/// <summary>A configuration that changes while the service runs.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string Topic = "numbers";
    private const string Successful = "driftmonitor_config_last_reload_successful";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30); // two seconds and a start, on a machine that others share

    private readonly FaultyBroker _broker = new(brokers: 1);
    private readonly Workshop _workshop = new();
    private readonly int _port = Ports.Free();

    public ReloadTests()
    {
        _broker.CreateTopic(Topic, 1);
        Produce(0..20);
    }

    public void Dispose()
    {
        _workshop.Dispose();
        _broker.Dispose();
    }

    [Fact] // X05
    public void A_monitor_that_is_added_begins_and_those_that_were_there_keep_their_windows()
    {
        _workshop.Write("config.json", Configuration("x"));
        using var service = Start();
        service.Until("the window is full", () => EventsOf(service, "x") == "190"); // the last second is open

        Replace("config.json", Configuration("x", "second"));

        Eventually.Within(Soon, "the second monitor is there", () => EventsOf(service, "second") is not null);
        Produce(20..21);
        service.Until("both count on", () => (EventsOf(service, "x"), EventsOf(service, "second")) is ("200", "200"));
        Assert.Equal("1", service.Scrape()[Successful].Single().Value);
        service.Until("the log says so", () =>
            service.Errors.Contains(" info  Stopping: another configuration\n", StringComparison.Ordinal)
            && service.Errors.Contains(" info  1 monitor goes on from the checkpoint of ", StringComparison.Ordinal));
        Assert.DoesNotContain(" error ", service.Errors);
    }

    [Fact] // X05
    public void One_with_a_fault_changes_nothing_and_is_told_of_until_it_is_right()
    {
        _workshop.Write("config.json", Configuration("x"));
        using var service = Start();

        Replace("config.json", Configuration("x").Replace("\"Pane\":\"1s\"", "\"Pane\":\"soon\"", StringComparison.Ordinal));
        Eventually.Within(Soon, "the metric says so", () => service.Scrape()[Successful].Single().Value == "0");
        Assert.Contains(
            " error The configuration is not applied, and the one before it goes on: DriftMonitor:Monitors:0:Pane is \"soon\"",
            service.Errors);
        File.Delete(_workshop["config.json"]);
        service.Until("that the file is gone is told too", () =>
            service.Errors.Split(" error The configuration is not applied").Length == 3);
        Assert.Equal("0", service.Scrape()[Successful].Single().Value);

        _workshop.Write("config.json", Configuration("x"));
        Eventually.Within(Soon, "all is well", () => service.Scrape()[Successful].Single().Value == "1");
        Assert.DoesNotContain("Stopping", service.Errors); // it is what ran all the time
        Assert.Equal("190", EventsOf(service, "x"));
    }

    [Fact] // X05
    public async Task A_file_that_is_being_written_is_read_when_it_is_complete()
    {
        _workshop.Write("config.json", Configuration("x"));
        var (clock, lines) = (new FakeTimeProvider(), new LogLines());
        var watch = new ConfigurationWatch(_workshop["config.json"], clock) { Logger = lines };
        var plan = MonitorPlan.Load(_workshop["config.json"], [], Needs.Service);
        Assert.Empty(plan.Faults);
        var next = watch.NextAsync(plan, default);

        var text = Configuration("x", "second");
        for (var length = 0; length < text.Length; length += text.Length / 10)
        {
            _workshop.Write("config.json", text[..length]);
            await LookAsync();
        }

        _workshop.Write("config.json", text);
        await LookAsync();
        Assert.False(next.IsCompleted);
        await LookAsync();

        Assert.Equal(2, (await next.WaitAsync(TimeSpan.FromSeconds(10))).Monitors.Count);
        Assert.Empty(lines.All);

        // A timer that is due runs its continuation on a thread of the pool.
        async Task LookAsync()
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }
    }

    [Fact] // X05
    public void The_swap_of_a_link_by_which_a_ConfigMap_changes_is_noticed()
    {
        foreach (var (folder, text) in new[] { ("old", Configuration("x")), ("new", Configuration("x", "second")) })
        {
            Directory.CreateDirectory(_workshop[folder]);
            _workshop.Write($"{folder}/config.json", text);
            File.Copy(_workshop["x.json"], _workshop[$"{folder}/x.json"]);
        }

        File.CreateSymbolicLink(_workshop["..data"], "old");
        File.CreateSymbolicLink(_workshop["config.json"], "..data/config.json");
        using var service = Start();

        File.CreateSymbolicLink(_workshop["..data_tmp"], "new");
        Shell.Run("mv", "-T", _workshop["..data_tmp"], _workshop["..data"]).Succeeded();

        Eventually.Within(Soon, "the second monitor is there", () => EventsOf(service, "second") is not null);
    }

    [Fact]
    public void A_port_that_is_taken_leaves_the_service_where_it_was()
    {
        using var other = new TcpListener(IPAddress.IPv6Any, 0);
        other.Server.DualMode = true;
        other.Start();
        _workshop.Write("config.json", Configuration("x"));
        using var service = Start();

        Replace("config.json", Configuration("x").Replace(
            $"\"Port\":{_port}", $"\"Port\":{((IPEndPoint)other.LocalEndpoint).Port}", StringComparison.Ordinal));

        service.Until("it is told", () => service.Errors.Contains(
            " error The configuration is not applied, and the one before it goes on: port ", StringComparison.Ordinal));
        Eventually.Within(Soon, "it is there again", () => EventsOf(service, "x") == "190");
        Assert.Equal("0", service.Scrape()[Successful].Single().Value);
    }

    [Fact]
    public void The_curves_of_the_page_outlive_a_restart()
    {
        Produce(20..80);
        _workshop.Write("config.json", Configuration("x"));
        string before;
        using (var service = Start())
        {
            service.Until("all panes but one have closed", () => CurveOf(service).Split(',').Length == 79);
            before = CurveOf(service);
            service.Signal("TERM");
            Assert.Equal(0, service.End().ExitCode);
        }

        using var again = Start();

        Assert.Equal(9, before.Split(',').Count(nats => nats.Contains("null", StringComparison.Ordinal))); // until ten panes were there
        Assert.Equal(before, CurveOf(again));
        Assert.Contains("KL over 1m at the last 79 panes", again.Get("/").Body);
    }

    private static string CurveOf(DriftMonitorProcess service) =>
        JsonNode.Parse(service.Get("/api/monitors/x").Body)!["series"]![0]!["windows"]![0]!["history_kl_nats"]!.ToJsonString();

    // Null also while its page is away.
    private static string? EventsOf(DriftMonitorProcess service, string monitor)
    {
        try
        {
            return service.Scrape()["driftmonitor_window_events"]
                .GetValueOrDefault($"{{monitor=\"{monitor}\",segment=\"\",window=\"1m\"}}");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private DriftMonitorProcess Start()
    {
        var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();
        return service;
    }

    private string Configuration(params ReadOnlySpan<string> monitors)
    {
        var json = new JsonArray();
        foreach (var name in monitors)
        {
            json.Add(_workshop.Numbers(Topic, name));
        }

        return new JsonObject
        {
            ["DriftMonitor"] = new JsonObject
            {
                ["Kafka"] = new JsonObject { ["BootstrapServers"] = _broker.BootstrapServers, ["Start"] = "earliest" },
                ["Http"] = new JsonObject { ["Port"] = _port },
                ["Checkpoint"] = new JsonObject { ["Directory"] = _workshop["state"] },
                ["Monitors"] = json,
            },
        }.ToJsonString();
    }

    // As editors and tools do it.
    private void Replace(string file, string text)
    {
        _workshop.Write(file + ".new", text);
        File.Move(_workshop[file + ".new"], _workshop[file], overwrite: true);
    }

    // Ten events a second, of four values in turn.
    private void Produce(Range seconds)
    {
        using var producer = Topics.Producer(_broker.BootstrapServers);
        for (var i = 10 * seconds.Start.Value; i < 10 * seconds.End.Value; i++)
        {
            producer.Send(Topic, 0, $$"""{"x":{{i % 4}}}""", Topics.Minute(0).AddMilliseconds(100 * i));
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }
}
