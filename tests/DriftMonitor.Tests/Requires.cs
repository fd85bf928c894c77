using System.Diagnostics;

namespace DriftMonitor.Tests;

/// <summary>What a test may need of the machine.</summary>
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

    /// <summary>An Apache Kafka in KAFKA_HOME.</summary>
    Kafka,

    /// <summary><c>helm</c>, on the PATH or among the tools of DRIFTMONITOR_SHARED.</summary>
    Helm,

    /// <summary><c>kubeconform</c>, on the PATH or among the tools of DRIFTMONITOR_SHARED.</summary>
    Kubeconform,

    /// <summary><c>python3</c> on the PATH.</summary>
    Python,

    /// <summary><c>chromium</c> on the PATH, such as Debian's.</summary>
    Chromium,
}

/// <summary>A fact that is skipped, naming what is missing, where the machine lacks one of the tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FactRequiresAttribute : FactAttribute
{
    /// <summary>Skips unless each of the tools is there.</summary>
    public FactRequiresAttribute(params Tool[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => Machine.Find(tool) is null).ToArray();
        if (missing.Length > 0)
        {
            Skip = $"Not on this machine: {string.Join(", ", missing)}";
        }
    }

    /// <summary>The tools asked for.</summary>
    public IReadOnlyList<Tool> Tools { get; }
}

/// <summary>Finds tools and runs them.</summary>
internal static class Machine
{
    private static readonly Lazy<string?> Shared = new(UnpackShared);

    /// <summary>The tool's path, or null where it is missing.</summary>
    public static string? Find(Tool tool) => tool switch
    {
        Tool.Promtool => OnPath("promtool"),
        Tool.Prometheus => OnPath("prometheus"),
        Tool.NewPromtool => Within(Shared.Value, "promtool"),
        Tool.NewPrometheus => Within(Shared.Value, "prometheus"),
        Tool.Kafka => Within(Environment.GetEnvironmentVariable("KAFKA_HOME"), "bin/kafka-server-start.sh"),
        Tool.Helm => OnPath("helm") ?? Within(Shared.Value, "helm"),
        Tool.Kubeconform => OnPath("kubeconform") ?? Within(Shared.Value, "kubeconform"),
        Tool.Python => OnPath("python3"),
        Tool.Chromium => OnPath("chromium"),
        _ => throw new ArgumentOutOfRangeException(nameof(tool)),
    };

    /// <summary>Runs the tool to its end.</summary>
    /// <returns>Its exit code and what it said on both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(Tool tool, string input, params string[] arguments)
    {
        using var process = Start(Find(tool)!, arguments);
        var outputs = new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() };
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(await Task.WhenAll(outputs)));
    }

    private static Process Start(string path, params string[] arguments) => Process.Start(new ProcessStartInfo(path, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardInputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    })!;

    private static string? OnPath(string name) =>
        Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Select(folder => Within(folder, name)).FirstOrDefault(path => path is not null);

    private static string? Within(string? folder, string name) =>
        folder is not null && File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : null;

    private static string? UnpackShared()
    {
        if (Within(Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED"), "tools/unpack.sh") is not { } script)
        {
            return null;
        }

        using var process = Start(script);
        var folder = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? folder : null;
    }
}
