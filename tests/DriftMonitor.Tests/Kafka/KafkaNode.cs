using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace DriftMonitor.Tests.Kafka;

/// <summary>
/// One Apache Kafka node from <c>KAFKA_HOME</c>: broker and controller in one process, with its own ports and temporary folder.
/// </summary>
public sealed class KafkaNode : IDisposable
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(60);

    private const string Login = "org.apache.kafka.common.security.plain.PlainLoginModule";

    // One replica of everything, no delays that tests would only wait for, and records of any age are kept.
    private const string Properties = $$"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:{controller}
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{sasl},\
          SSL://127.0.0.1:{ssl},PROXIED://127.0.0.1:{proxied},CONTROLLER://127.0.0.1:{controller}
        advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{sasl},\
          SSL://127.0.0.1:{ssl},PROXIED://127.0.0.1:{proxy}
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,PROXIED:PLAINTEXT
        listener.name.ssl.ssl.keystore.type=PEM
        listener.name.ssl.ssl.keystore.location={folder}/server.pem
        sasl.enabled.mechanisms=PLAIN
        listener.name.sasl_plaintext.plain.sasl.jaas.config={{Login}} required user_alice="wonderland";
        log.dirs={folder}/data
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=1
        group.initial.rebalance.delay.ms=0
        controlled.shutdown.enable=false
        broker.heartbeat.interval.ms=300
        broker.session.timeout.ms=1500
        log.retention.ms=-1
        log.retention.check.interval.ms=500
        log.initial.task.delay.ms=500
        log.cleaner.backoff.ms=100
        log.message.timestamp.after.max.ms=9223372036854775807
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("driftmonitor-kafka-").FullName;
    private readonly ConcurrentQueue<string> _console = new();
    private Process? _process;

    /// <summary>Formats a node; <see cref="Start"/> starts it.</summary>
    public KafkaNode()
    {
        int[] ports = FreePorts(6);
        BootstrapServers = $"127.0.0.1:{ports[0]}";
        SaslBootstrapServers = $"127.0.0.1:{ports[1]}";
        TlsBootstrapServers = $"127.0.0.1:{ports[3]}";
        (ProxiedPort, ProxyPort) = (ports[4], ports[5]);
        using var authority = Certificates.WriteAuthority(AuthorityFile);
        Certificates.WriteServer(Path.Combine(_folder, "server.pem"), authority);
        File.WriteAllText(PropertiesFile, Properties
            .Replace("{port}", $"{ports[0]}", StringComparison.Ordinal)
            .Replace("{sasl}", $"{ports[1]}", StringComparison.Ordinal)
            .Replace("{ssl}", $"{ports[3]}", StringComparison.Ordinal)
            .Replace("{proxied}", $"{ports[4]}", StringComparison.Ordinal)
            .Replace("{proxy}", $"{ports[5]}", StringComparison.Ordinal)
            .Replace("{controller}", $"{ports[2]}", StringComparison.Ordinal)
            .Replace("{folder}", _folder.Replace('\\', '/'), StringComparison.Ordinal));
        using var format = Java("kafka.tools.StorageTool", "format", "-t", ClusterId(), "-c", PropertiesFile);
        if (!format.WaitForExit(AnswersWithin) || format.ExitCode != 0)
        {
            throw new InvalidOperationException($"the storage could not be formatted:\n{string.Join('\n', _console)}");
        }
    }

    /// <summary>Whether tests have a real Kafka, ours or an existing one.</summary>
    public static bool IsReal => ExistingBootstrapServers is not null || CanStart || KafkaContainer.HasEngine;

    /// <summary>Whether tests can start their own node, to kill or to configure it.</summary>
    public static bool CanStart => Home is not null;

    /// <summary>An existing broker's address.</summary>
    public static string? ExistingBootstrapServers => NonEmpty("KAFKA_BOOTSTRAP");

    /// <summary>The address without authentication.</summary>
    public string BootstrapServers { get; }

    /// <summary>The address for SASL/PLAIN, user alice, password wonderland.</summary>
    public string SaslBootstrapServers { get; }

    /// <summary>The address for TLS, whose certificate <see cref="AuthorityFile"/> has signed.</summary>
    public string TlsBootstrapServers { get; }

    /// <summary>The certificate of the authority, in PEM.</summary>
    public string AuthorityFile => Path.Combine(_folder, "authority.pem");

    /// <summary>The port that a proxy forwards to.</summary>
    public int ProxiedPort { get; }

    /// <summary>The port of that proxy, which clients that came through it are told to use.</summary>
    public int ProxyPort { get; }

    private static string? Home => NonEmpty("KAFKA_HOME");

    private string PropertiesFile => Path.Combine(_folder, "server.properties");

    /// <summary>Starts the node and waits until it accepts connections.</summary>
    public KafkaNode Start()
    {
        _process = Java("kafka.Kafka", PropertiesFile);
        Eventually.Within(AnswersWithin, "the node answers", () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"the node ended:\n{string.Join('\n', _console)}");
            }

            return Topics.Answers(BootstrapServers);
        });
        return this;
    }

    /// <summary>Stops the node normally.</summary>
    public void Stop() => End("TERM");

    /// <summary>Changes alice's password; the node takes it when it starts.</summary>
    public void SetPassword(string password) => File.WriteAllText(PropertiesFile, Regex.Replace(
        File.ReadAllText(PropertiesFile), "user_alice=\"[^\"]*\"", $"user_alice=\"{password}\""));

    /// <summary>Kills the node, like a power failure.</summary>
    public void Kill() => End("KILL");

    /// <summary>Pauses the node: connections stay open, but there are no answers.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets the node continue.</summary>
    public void Resume() => Signal("CONT");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string? NonEmpty(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static string ClusterId() => Convert.ToBase64String(Guid.NewGuid().ToByteArray())[..22].Replace('+', 'a').Replace('/', 'b');

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private Process Java(params string[] arguments)
    {
        var java = NonEmpty("JAVA_HOME") is { } home ? Path.Combine(home, "bin", "java") : "java";
        var start = new ProcessStartInfo(java) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] options = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", Path.Combine(Home!, "libs", "*")];
        foreach (var argument in options.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _console.Enqueue(line);
            if (_console.Count > 200)
            {
                _console.TryDequeue(out _);
            }
        }
    }

    private void End(string signal)
    {
        Signal(signal);
        if (!_process!.WaitForExit(AnswersWithin))
        {
            throw new InvalidOperationException("the node does not end");
        }

        _process.Dispose();
        _process = null;
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        kill.WaitForExit();
    }
}
