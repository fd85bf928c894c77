using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftMonitor.Commands;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The container image, checked without a container engine: the tests run the steps of the Dockerfile.</summary>
public sealed class ImageTests : IDisposable
{
    private static readonly string Dockerfile = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-image-");

    [Fact]
    public void Every_file_that_the_Dockerfile_copies_exists_and_is_in_the_build_context()
    {
        var sent = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore"))
            .Where(line => line.StartsWith('!'))
            .Select(line => new Regex($"^{Regex.Escape(line[1..]).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}(/|$)"))
            .ToList();

        var sources = Regex.Matches(Dockerfile, @"^COPY (?!--from)(.+) \S+$", RegexOptions.Multiline)
            .SelectMany(match => match.Groups[1].Value.Split(' '))
            .ToList();

        Assert.Contains("src", sources);
        Assert.All(sources, source =>
            Assert.Contains(sent, pattern => pattern.IsMatch(source.Replace("[g]", "g", StringComparison.Ordinal))));
        Assert.All(
            sources.Where(source => !source.Contains('[', StringComparison.Ordinal)), // an optional one
            source => Assert.True(Path.Exists(Path.Combine(Repository.Root, source)), source));
    }

    [Fact]
    public void Restore_finds_every_project_of_the_executable()
    {
        var copied = Regex.Matches(Dockerfile, @"\S+\.csproj").Select(match => match.Value).Order(StringComparer.Ordinal);
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

        Assert.Equal(projects.Order(StringComparer.Ordinal), copied);
    }

    [Fact]
    public void The_label_has_the_version_that_is_built_here()
    {
        var properties = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        var version = Regex.Match(properties, "<Version>(.+)</Version>").Groups[1].Value;

        Assert.Contains($"\nARG VERSION={version}\n", Dockerfile);
    }

    [Theory]
    [InlineData("HEALTHCHECK .*CMD", "health")]
    [InlineData("CMD", "run")]
    public void The_commands_of_the_image_are_verbs_with_their_options(string instruction, string verb)
    {
        var json = Regex.Match(Dockerfile, $@"^{instruction} (\[.+\])$", RegexOptions.Multiline).Groups[1].Value;
        var words = JsonSerializer.Deserialize<string[]>(json)!.SkipWhile(word => word == "/app/driftmonitor").ToArray();

        var parsed = Verbs.Root().Parse(words);

        Assert.Empty(parsed.Errors);
        Assert.Equal(verb, parsed.CommandResult.Command.Name);
    }

    [Fact]
    public void The_container_engine_waits_longer_than_the_health_check_takes()
    {
        var timeout = int.Parse(Regex.Match(Dockerfile, @"--timeout=(\d+)s").Groups[1].Value, CultureInfo.InvariantCulture);

        Assert.True(HealthCommand.Patience < TimeSpan.FromSeconds(timeout - 1));
    }

    [FactRequires(Tool.Ldd)]
    public void The_trimmed_program_has_only_the_librdkafka_that_it_loads_and_reads_a_topic_with_it()
    {
        var app = Path.Combine(_folder.FullName, "app");
        Publish(app);
        Shell.Run("sh", Path.Combine(Repository.Root, "deploy", "docker", "trim.sh"), app).Succeeded();

        var native = Assert.Single(Directory.GetFileSystemEntries(app, "*librdkafka*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Combine(app, "runtimes")));
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("numbers", 1);
        using (var producer = Topics.Producer(broker.BootstrapServers))
        {
            producer.Send("numbers", 0, """{"x":1}""", Topics.Minute(0));
            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var workshop = new Workshop();
        workshop.Configure(broker.BootstrapServers, workshop.Numbers("numbers"));
        using var service = DriftMonitorProcess.StartAt(
            Path.Combine(app, "driftmonitor"), workshop.Folder, "run", "--config", "config.json");
        service.Until("the event is read", () => service.Scrape()["driftmonitor_events_total"]["{topic=\"numbers\"}"] == "1");

        var loaded = File.ReadLines($"/proc/{service.Id}/maps").Where(line => line.Contains("librdkafka", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]);
        Assert.Equal([native], loaded.Distinct());
        workshop.Run("health", "--port", $"{service.Url.Port}").Succeeded();
    }

    [Fact]
    public void Trimming_fails_if_no_build_of_librdkafka_would_remain()
    {
        var trimmed = Shell.Run("sh", Path.Combine(Repository.Root, "deploy", "docker", "trim.sh"), _folder.FullName);

        Assert.Equal(1, trimmed.ExitCode);
        Assert.StartsWith("trim.sh: 0 builds of librdkafka in ", trimmed.Errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Runs the Dockerfile's restore and publish, with a folder in place of /app and build output of its own.</summary>
    private void Publish(string folder)
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var dotnet = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet"));
        var script = Dockerfile.Replace("\\\n", " ", StringComparison.Ordinal);
        var restore = Regex.Match(script, @"^RUN (dotnet restore .*)$", RegexOptions.Multiline).Groups[1].Value;
        var publish = Regex.Match(script, @"^RUN (dotnet publish .* -o /app)$", RegexOptions.Multiline).Groups[1].Value;
        Assert.Contains("PublishReadyToRun=true", publish, StringComparison.Ordinal);
        Assert.Contains("RUN sh trim.sh /app ", script, StringComparison.Ordinal);

        var output = $" -nodeReuse:false -p:ArtifactsPath={Path.Combine(_folder.FullName, "artifacts")}";
        var commands = $"set -eu; cd '{Repository.Root}'; REVISION=test; {restore}{output}; {publish}{output}"
            .Replace("dotnet ", $"'{dotnet}' ", StringComparison.Ordinal)
            .Replace(" -o /app", $" -o '{folder}'", StringComparison.Ordinal);
        Shell.Run("sh", "-c", commands).Succeeded();
    }
}
