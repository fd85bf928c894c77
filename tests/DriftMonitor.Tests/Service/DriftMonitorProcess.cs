using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>A process of the built executable, with its output so far; killed when disposed of.</summary>
internal sealed partial class DriftMonitorProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _command;
    private HttpClient? _client;

    private DriftMonitorProcess(
        string executable, string folder, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = StartInfo(executable, arguments, folder);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _command = $"driftmonitor {string.Join(' ', arguments)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The executable that was built with the tests.</summary>
    public static string Executable { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "driftmonitor.exe" : "driftmonitor");

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Standard output so far.</summary>
    public string Output => Text(_output);

    /// <summary>Standard error so far.</summary>
    public string Errors => Text(_errors);

    /// <summary>The address of its page; waits until the process prints it.</summary>
    public Uri Url
    {
        get
        {
            Until("the address of the page is printed", () => UrlLine().IsMatch(Output + Errors));
            return new Uri(UrlLine().Matches(Output + Errors)[^1].Groups[1].Value);
        }
    }

    /// <summary>An HTTP client for its page.</summary>
    public HttpClient Client => _client ??= new HttpClient { BaseAddress = Url };

    /// <summary>Looks for its address again: after a reload, a free port is another one.</summary>
    public void Renew()
    {
        _client?.Dispose();
        _client = null;
    }

    /// <summary>Starts a verb in a folder, to which its relative paths refer.</summary>
    public static DriftMonitorProcess Start(string folder, params string[] arguments) => new(Executable, folder, arguments);

    /// <summary>Starts a verb with further environment variables.</summary>
    public static DriftMonitorProcess Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(Executable, folder, arguments, environment);

    /// <summary>Starts a verb of another executable.</summary>
    public static DriftMonitorProcess StartAt(string executable, string folder, params string[] arguments) =>
        new(executable, folder, arguments);

    /// <summary>Starts a script whose last command becomes the verb.</summary>
    public static DriftMonitorProcess StartScript(string folder, string script) =>
        new("bash", folder, ["-euo", "pipefail", "-c", script]);

    /// <summary>Runs a verb to its end.</summary>
    public static Finished Run(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        return process.End();
    }

    /// <summary>Starts a program with the runtime of the tests, and without settings from the environment.</summary>
    public static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        start.Environment.Remove("COLUMNS"); // the documents show the default width
        var settings = start.Environment.Keys.Where(name => name.StartsWith("DriftMonitor__", StringComparison.OrdinalIgnoreCase));
        foreach (var name in settings.ToList())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    /// <summary>Sends a signal, such as <c>TERM</c>.</summary>
    public void Signal(string name) => Shell.Run("kill", $"-{name}", $"{_process.Id}").Succeeded();

    /// <summary>Waits until it has ended by itself.</summary>
    public Finished End(TimeSpan? within = null)
    {
        if (!_process.WaitForExit(within ?? Deadline))
        {
            Assert.Fail($"{_command}: not ended within {within ?? Deadline}\n{Output}\n{Errors}");
        }

        _process.WaitForExit(); // only this overload also waits for the last lines
        return new Finished(_command, _process.ExitCode, Output, Errors);
    }

    /// <summary>Waits for a condition. If the process ends before, the test fails with all of its output.</summary>
    public void Until(string what, Func<bool> condition) => Eventually.Within(Deadline, $"{what}; output so far:\n{Errors}", () =>
    {
        var hasEnded = _process.HasExited; // read first: the last lines may still meet the condition
        if (condition())
        {
            return true;
        }

        return hasEnded
            ? throw new InvalidOperationException($"ended with {_process.ExitCode} before {what}:\n{Output}\n{Errors}")
            : false;
    });

    /// <summary>The status and body of a GET request.</summary>
    public (int Status, string Body) Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = Client.Send(request);
        using var body = new StreamReader(response.Content.ReadAsStream());
        return ((int)response.StatusCode, body.ReadToEnd());
    }

    /// <summary>The answer of <c>/api/monitors</c>.</summary>
    public JsonNode Monitors() => JsonNode.Parse(Get("/api/monitors").Body)!;

    /// <summary>The metrics.</summary>
    public Scraped Scrape() => new(Get("/metrics").Body);

    /// <summary>Waits until readiness is 200, when all events that exist have been read.</summary>
    public void UntilReady() => Until("it is ready", () => Get("/healthz/ready").Status == 200);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _client?.Dispose();
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            lock (to)
            {
                to.Append(line).Append('\n');
            }
        }
    }

    private static string Text(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }

    [GeneratedRegex("page and metrics at (http://[^ ;]+?)[;]?\\s")]
    private static partial Regex UrlLine();
}

/// <summary>A page of metrics in the text format.</summary>
internal sealed class Scraped(string text)
{
    /// <summary>The page.</summary>
    public string Text { get; } = text;

    /// <summary>The samples of a metric: the values as written, by their labels.</summary>
    public IReadOnlyDictionary<string, string> this[string name] =>
        Text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
            .ToDictionary(line => line[name.Length..(line.LastIndexOf('}') + 1)], line => line[(line.LastIndexOf(' ') + 1)..]);
}
