using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Sources;

/// <summary>Secrets in files that change while clients run.</summary>
public sealed class CredentialsWatchTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("driftmonitor-secret-").FullName;
    private readonly LogLines _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Client _client = new();

    [Fact]
    public void A_running_client_gets_the_password_that_its_file_has_now_and_the_log_does_not()
    {
        Write("password", "wonderland\n");
        var watch = Watch(("sasl.username", "alice"));
        watch.Attach(_client);
        Assert.Equal([("alice", "wonderland")], _client.Given); // what it was made with may be old

        _time.Advance(Interval);
        Assert.Single(_client.Given); // nothing has changed

        Write("password", "looking-glass\r\n");
        _time.Advance(Interval);
        _time.Advance(Interval);

        Assert.Equal([("alice", "wonderland"), ("alice", "looking-glass")], _client.Given);
        Assert.Equal(
            "Kafka:PropertyFiles:sasl.password has changed: the next connections to brokers use the new value", Assert.Single(_log.All));
    }

    [Fact]
    public void A_file_that_cannot_be_read_leaves_the_last_password_in_use_and_is_logged_once()
    {
        Write("password", "wonderland");
        Watch(("sasl.username", "alice")).Attach(_client);

        foreach (var make in new Action[] { () => File.Delete(At("password")), () => Write("password", ""), () => Write("password", "\n") })
        {
            make();
            _time.Advance(Interval);
        }

        Assert.Single(_client.Given);
        Assert.Equal(
            "Kafka:PropertyFiles:sasl.password names a file that does not exist: write the path of the file that has the value; until "
                + "then, the last value stays in use",
            Assert.Single(_log.All));

        Write("password", "looking-glass");
        _time.Advance(Interval);

        Assert.Equal(("alice", "looking-glass"), _client.Given[^1]);
        Assert.Equal("Kafka:PropertyFiles:sasl.password can be read again", _log.All.Last());
    }

    [Fact]
    public void The_new_password_replaces_the_old_one_also_where_a_mounted_secret_is_a_link_that_is_swapped()
    {
        Directory.CreateDirectory(At("v1"));
        Directory.CreateDirectory(At("v2"));
        Write("v1/password", "wonderland");
        Write("v2/password", "looking-glass");
        Directory.CreateSymbolicLink(At("..data"), At("v1"));
        File.CreateSymbolicLink(At("password"), At("..data/password"));
        Watch(("sasl.username", "alice")).Attach(_client);

        Directory.CreateSymbolicLink(At("..data_tmp"), At("v2"));
        Directory.Delete(At("..data"));
        Directory.Move(At("..data_tmp"), At("..data"));
        _time.Advance(Interval);

        Assert.Equal(("alice", "looking-glass"), _client.Given[^1]);
    }

    [Fact]
    public void A_client_that_is_closed_is_left_alone()
    {
        Write("password", "wonderland");
        var watch = Watch(("sasl.username", "alice"));
        var other = new Client();
        watch.Attach(_client);
        watch.Attach(other);
        watch.Detach(_client);

        Write("password", "looking-glass");
        _time.Advance(Interval);

        Assert.Single(_client.Given);
        Assert.Equal(2, other.Given.Count);
        watch.Detach(other);
        Write("password", "queen");
        _time.Advance(Interval);
        Assert.Equal(2, other.Given.Count);
    }

    [Fact]
    public void Clients_of_two_sources_with_the_same_files_both_get_the_new_password()
    {
        Write("password", "wonderland");
        var settings = Reader.Settings("b:9092", "t") with
        {
            Properties = new Dictionary<string, string> { ["sasl.username"] = "alice" },
            PropertyFiles = Files(),
        };
        var other = new Client();
        new CredentialsWatch(settings, _log, _time).Attach(_client); // of a source that is being replaced
        new CredentialsWatch(settings, _log, _time).Attach(other);

        Write("password", "looking-glass");
        _time.Advance(Interval);

        Assert.Equal(("alice", "looking-glass"), _client.Given[^1]);
        Assert.Equal(("alice", "looking-glass"), other.Given[^1]);
    }

    [Fact]
    public void A_certificate_that_changes_is_logged_once_because_only_a_restart_helps()
    {
        Write("password", "wonderland");
        Write("client.pem", "one");
        Watch(("ssl.certificate.location", At("client.pem")), ("ssl.ca.location", "probe"), ("sasl.username", "alice")).Attach(_client);
        _time.Advance(Interval);
        Assert.Empty(_log.All);

        Write("client.pem", "two");
        _time.Advance(Interval);
        _time.Advance(Interval);

        Assert.Equal(
            "The file of ssl.certificate.location in Kafka:Properties has changed, and the Kafka client reads it only when it starts: "
                + "restart the service before what it holds expires",
            Assert.Single(_log.All));
    }

    [Fact]
    public void A_file_that_never_could_be_read_ends_the_start_and_no_message_has_a_path_or_a_value()
    {
        var settings = Reader.Settings("b:9092", "t") with
        {
            PropertyFiles = new PropertyFiles(new Dictionary<string, string> { ["sasl.password"] = At("wonderland") }),
        };

        var refused = Assert.Throws<SourceException>(() => new KafkaClientFactory(settings, _log));

        Assert.Equal(
            "Kafka:PropertyFiles:sasl.password names a file that does not exist: write the path of the file that has the value",
            refused.Message);
    }

    [Fact]
    public void Old_and_new_values_of_a_file_are_masked_in_messages()
    {
        Write("password", "wonderland");
        var files = Files();
        var factory = new KafkaClientFactory(Reader.Settings("b:9092", "t") with { PropertyFiles = files }, _log, _time);
        using var consumer = factory.CreateConsumer(Deserializers.Ignore, _ => { });
        Assert.Equal("*** looking-glass", factory.Mask("wonderland looking-glass"));

        Write("password", "looking-glass");
        _time.Advance(Interval);

        Assert.Equal("*** ***", factory.Mask("wonderland looking-glass"));
        factory.Close(consumer);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string file) => Path.Combine(_folder, file);

    private void Write(string file, string text) => File.WriteAllText(At(file), text);

    private PropertyFiles Files() => new(new Dictionary<string, string> { ["sasl.password"] = At("password") });

    private CredentialsWatch Watch(params (string Key, string Value)[] properties) => new(
        Reader.Settings("b:9092", "t") with
        {
            Properties = properties.ToDictionary(property => property.Key, property => property.Value),
            PropertyFiles = Files(),
        },
        _log,
        _time);

    /// <summary>A client that remembers the credentials it is given.</summary>
    private sealed class Client : IClient
    {
        public List<(string User, string Password)> Given { get; } = [];

        public Handle Handle => throw new NotSupportedException();

        public string Name => "client";

        public int AddBrokers(string brokers) => throw new NotSupportedException();

        public void SetSaslCredentials(string username, string password) => Given.Add((username, password));

        public void Dispose()
        {
        }
    }
}
