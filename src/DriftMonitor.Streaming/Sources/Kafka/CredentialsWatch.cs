using System.Security.Cryptography;
using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Files;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Gives running clients the user name and password of <see cref="PropertyFiles"/> when they change. librdkafka takes nothing else while
/// it runs; where another file changes, such as a certificate, the log says that a restart is needed.
/// </summary>
/// <remarks>
/// The files are read every ten seconds while there is a client, on a thread of the pool. librdkafka does its own locking.
/// </remarks>
internal sealed class CredentialsWatch
{
    private const string UserName = "sasl.username";
    private const string Password = "sasl.password";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly KafkaSourceSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly HashSet<IClient> _clients = [];
    private readonly HashSet<string> _unreadable = [];
    private readonly Dictionary<string, byte[]> _hashes = []; // of the files that librdkafka reads itself, by property
    private IReadOnlyDictionary<string, string>? _known; // values that the clients have; another watch may have read newer ones
    private ITimer? _timer;
    private bool _isReading;

    public CredentialsWatch(KafkaSourceSettings settings, ILogger logger, TimeProvider time) =>
        (_settings, _logger, _time) = (settings, logger, time);

    /// <summary>Called with the properties that have changed, before clients get them.</summary>
    public Action? OnChange { get; init; }

    /// <summary>Begins to keep a client up to date.</summary>
    public void Attach(IClient client)
    {
        if (!_settings.PropertyFiles.Properties.Any() && !TlsFiles().Any())
        {
            return;
        }

        lock (_lock)
        {
            _clients.Add(client);
            _known ??= _settings.PropertyFiles.Values;
            SetCredentials(client, _settings.PropertyFiles.Values); // they may have changed since its properties were taken
            if (_timer is null)
            {
                FindChangedTlsFiles();
                _timer = _time.CreateTimer(_ => Check(), null, Interval, Interval);
            }
        }
    }

    /// <summary>Leaves a client alone from now on. Call it before the client is closed.</summary>
    public void Detach(IClient client)
    {
        lock (_lock)
        {
            _clients.Remove(client);
            if (_clients.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }
    }

    private void Check()
    {
        lock (_lock)
        {
            if (_isReading || _clients.Count == 0)
            {
                return; // a file that can't be opened at once
            }

            _isReading = true;
        }

        try
        {
            var unreadable = _settings.PropertyFiles.Refresh();
            lock (_lock)
            {
                var values = _settings.PropertyFiles.Values;
                var changed = values.Where(pair => pair.Value != _known![pair.Key]).Select(pair => pair.Key).ToList();
                _known = values;
                if (changed.Count > 0)
                {
                    OnChange?.Invoke();
                }

                Log(changed, unreadable);
                if (changed.Contains(UserName) || changed.Contains(Password))
                {
                    foreach (var client in _clients)
                    {
                        SetCredentials(client, values);
                    }
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _isReading = false;
            }
        }
    }

    private void Log(IReadOnlyList<string> changed, IReadOnlyDictionary<string, string> unreadable)
    {
        foreach (var property in changed)
        {
            if (property is UserName or Password)
            {
                _logger.CredentialsChanged(property);
            }
            else
            {
                _logger.PropertyFileChanged(property);
            }
        }

        foreach (var (property, reason) in unreadable)
        {
            if (_unreadable.Add(property))
            {
                _logger.PropertyFileUnreadable(property, reason);
            }
        }

        foreach (var property in _unreadable.Where(property => !unreadable.ContainsKey(property)).ToList())
        {
            _unreadable.Remove(property);
            _logger.PropertyFileReadable(property);
        }

        foreach (var property in FindChangedTlsFiles())
        {
            _logger.TlsFileChanged(property);
        }
    }

    private void SetCredentials(IClient client, IReadOnlyDictionary<string, string> values)
    {
        if ((values.ContainsKey(UserName) || values.ContainsKey(Password)) && Find(UserName) is { } user && Find(Password) is { } password)
        {
            client.SetSaslCredentials(user, password);
        }

        string? Find(string property) => values.GetValueOrDefault(property) ?? _settings.Properties.GetValueOrDefault(property);
    }

    private IEnumerable<KeyValuePair<string, string>> TlsFiles() => _settings.Properties.Where(property =>
        property.Key.StartsWith("ssl.", StringComparison.Ordinal) && property.Key.EndsWith(".location", StringComparison.Ordinal));

    private List<string> FindChangedTlsFiles()
    {
        var changed = new List<string>();
        foreach (var (property, path) in TlsFiles())
        {
            // Also folders of certificates, and words such as "probe", are valid; they are not watched. A file that is away for a moment is
            // compared when it is back.
            if (File.Exists(path) && TryHash(path) is { } hash)
            {
                if (_hashes.TryGetValue(property, out var known) && !hash.AsSpan().SequenceEqual(known))
                {
                    changed.Add(property);
                }

                _hashes[property] = hash;
            }
        }

        return changed;
    }

    private static byte[]? TryHash(string path)
    {
        try
        {
            return SHA256.HashData(SmallFile.Read(path).Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
