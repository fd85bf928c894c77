using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DriftMonitor.Configuration;

namespace DriftMonitor.Commands;

/// <summary><c>health</c>: asks the service on this machine how it is, for the health check of a container.</summary>
internal static class HealthCommand
{
    /// <summary>How long to wait for the answer: shorter than the timeout of the image's HEALTHCHECK, 5 s, to report the reason.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // A probe's answer has a few lines; another program's page may be very long.
    private const int LongestAnswer = 64 * 1024;

    private const string OtherPort = "give the port of the service with --port N, or its configuration with --config FILE";

    private static readonly int DefaultPort = new HttpOptions().Port;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = new Option<string?>("--config", "-c")
        {
            Description = "The configuration file of the service, for DriftMonitor:Http:Port and Http:Address.",
            HelpName = "FILE",
        };
        OptionChecks.RejectEmptyPath(config);
        var port = new Option<int>("--port")
        {
            Description = $"The service's port; {DefaultPort} unless given or configured.",
            HelpName = "N",
        };
        var ready = new Option<bool>("--ready")
        {
            Description = "Ask whether the service is ready, not only alive: Kafka answers, and every partition has been read to its end.",
        };
        OptionChecks.RequireRange(port, 1, IPEndPoint.MaxPort);
        var command = new Verb("health",
            "Ask the service on this machine whether it is alive, for a container's health check: exit code 0, or 1 if it is not.",
            "driftmonitor health --config flights.json",
            "driftmonitor health --port 9464 --ready")
        { config, port, ready };
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is not null && result.GetResult(port) is not null)
            {
                result.AddError("--config and --port both name a port: give one of them");
            }
        });
        command.SetAction((result, stopping) => RunAsync(
            result.GetResult(port) is null ? null : result.GetValue(port),
            result.GetValue(config),
            result.GetValue(ready) ? "/healthz/ready" : "/healthz/live",
            result.InvocationConfiguration.Output,
            stopping));
        return command;
    }

    private static async Task<int> RunAsync(int? given, string? file, string path, TextWriter output, CancellationToken stopping)
    {
        if (FindAddress(given, file, ConfigurationFile.ProcessEnvironment) is not { } address)
        {
            return ExitCode.Usage;
        }

        if (await WhyUnhealthyAsync(address, path, stopping) is { } why)
        {
            Messages.Write(why);
            return ExitCode.Failure;
        }

        output.WriteLine("ok");
        return ExitCode.Good;
    }

    /// <summary>
    /// Where <c>run</c> listens with the same file and environment, unless the port is given.
    /// Faults in other keys are left to <c>run</c> and <c>check-config</c>.
    /// </summary>
    /// <returns>Null if no address could be read; the reason has been reported.</returns>
    private static IPEndPoint? FindAddress(int? port, string? file, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var (configuration, faults) = file is null ? ConfigurationFile.Load(environment) : ConfigurationFile.Load(file, environment);
        if (configuration is null)
        {
            Messages.Write(faults[0].ToString());
            return null;
        }

        const string Section = $"{DriftMonitorOptions.Section}:{nameof(DriftMonitorOptions.Http)}";
        var (options, unread) = OptionsReader.Read(configuration);
        var needed = port is null ? Section : $"{Section}:{nameof(HttpOptions.Address)}";
        if (faults.Concat(unread).FirstOrDefault(fault => IsIn(needed, fault)) is { } wrong)
        {
            Messages.Write(wrong.ToString());
            return null;
        }

        if (HttpRules.GetAddressError(options.Http.Address) is { } error)
        {
            Messages.Write($"{Section}:{nameof(HttpOptions.Address)} {error}");
            return null;
        }

        if ((port ?? options.Http.Port) == 0)
        {
            Messages.Write(
                $"{Section}:{nameof(HttpOptions.Port)} is 0, so only the service's log has the port: give it with --port N");
            return null;
        }

        // 127.0.0.1, not localhost: on all interfaces, the service listens on IPv4 with and without IPv6.
        var address = options.Http.Address is { } written ? HttpRules.ParseAddress(written)! : IPAddress.Any;
        var isAny = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return new IPEndPoint(isAny ? IPAddress.Loopback : address, port ?? options.Http.Port);
    }

    private static bool IsIn(string section, Fault fault) =>
        fault.Path.Equals(section, StringComparison.OrdinalIgnoreCase)
        || fault.Path.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase);

    /// <summary>What keeps the service from being healthy; null when nothing does.</summary>
    private static async Task<string?> WhyUnhealthyAsync(IPEndPoint address, string path, CancellationToken stopping)
    {
        // No proxy: one that the environment names for other purposes cannot reach this machine's own port.
        var url = $"http://{address}{path}"; // IPv6 in brackets
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null };
        using var client = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = LongestAnswer };
        try
        {
            using var response = await client.GetAsync(new Uri(url), stopping);
            var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(stopping)).TrimEnd();
            return (response.StatusCode, response.Content.Headers.ContentType?.MediaType) switch
            {
                (HttpStatusCode.OK, "text/plain") when body == "ok" => null,
                (HttpStatusCode.ServiceUnavailable, "text/plain") when body.Length > 0 =>
                    $"{url} answers 503 ({body.Replace("\n", "; ", StringComparison.Ordinal)}): {url}?verbose lists every check",
                var (status, _) => $"{url} answers {(int)status}, and not as DriftMonitor: {OtherPort}",
            };
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return $"{url} gives no answer within {Patience.TotalSeconds} s: look at the service's log, and restart it if it hangs";
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException fault)
        {
            return $"{url} cannot be reached ({fault.Message}): start the service with `driftmonitor run`, or {OtherPort}";
        }
        catch (HttpRequestException e)
        {
            return $"{url} does not answer as DriftMonitor ({e.InnerException?.Message ?? e.Message}): {OtherPort}";
        }
    }
}
