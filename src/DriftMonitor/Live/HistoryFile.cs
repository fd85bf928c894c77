using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>Keeps past readings in a file beside the checkpoints, so that the page shows their curves after a restart.</summary>
/// <remarks>
/// <code>
/// 8 bytes   "DMHIST" and a line feed, and the version
/// 32 bytes  SHA-256 of everything after it
/// …         all series, as <see cref="BinaryWriter"/> writes them
/// </code>
/// Written from snapshots, off the loop's thread, at most every ten seconds and a twentieth of the time, and at the end. It decides nothing
/// but what is shown.
/// </remarks>
internal sealed partial class HistoryFile : IHostedService, IDisposable
{
    /// <summary>Larger files are neither written nor read: 10 000 series with six windows take 180 MB.</summary>
    public const long MostBytes = 256L << 20;

    private const int MostShare = 20;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Dictionary<(string Monitor, string Segment), SavedHistory> _earlier = [];
    private Func<IReadOnlyList<MonitorSnapshot>>? _current;
    private IReadOnlyList<IReadOnlyList<SeriesSnapshot>> _written = [];
    private ITimer? _timer;
    private bool _isFailing;
    private long _lastWritten;
    private TimeSpan _pause;

    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="clock">The timer.</param>
    /// <param name="logger">Receives a line if it cannot be read or written.</param>
    public HistoryFile(string path, TimeProvider clock, ILogger logger)
    {
        (_path, _clock, _logger) = (path, clock, logger);
        try
        {
            _earlier = File.Exists(path) ? Read(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            LogUnreadable(path, OneLine.Sentence(e.Message));
        }
    }

    private static ReadOnlySpan<byte> Magic => "DMHIST\n\u0001"u8;

    /// <summary>Gives the readings of earlier processes, and keeps them no longer.</summary>
    public IReadOnlyDictionary<(string Monitor, string Segment), SavedHistory> TakeEarlier()
    {
        var earlier = _earlier;
        _earlier = [];
        return earlier;
    }

    /// <summary>Says what is to be written; before the host starts.</summary>
    /// <param name="current">Gives the monitors as they are; called from any thread.</param>
    public void Follow(Func<IReadOnlyList<MonitorSnapshot>> current) => _current = current;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _clock.CreateTimer(_ => WriteIfDue(), null, Every, Every);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        Write();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <summary>Writes the readings if there are new ones.</summary>
    public void Write()
    {
        lock (_lock)
        {
            if (_current?.Invoke() is not { } monitors)
            {
                return;
            }

            var series = monitors.Select(monitor => monitor.Series).ToList(); // the same lists until a pane closes
            if (series.All(list => list.All(one => one.Time is null))
                || (series.Count == _written.Count && series.Zip(_written).All(pair => ReferenceEquals(pair.First, pair.Second))))
            {
                return;
            }

            try
            {
                var started = _clock.GetTimestamp();
                AtomicFile.WritePrivate(_path, file => Write(file, monitors));
                (_written, _isFailing, _lastWritten) = (series, false, _clock.GetTimestamp());
                _pause = MostShare * _clock.GetElapsedTime(started);
            }
            catch (ReferenceException e)
            {
                if (!_isFailing)
                {
                    LogUnwritable(e.Message);
                }

                _isFailing = true;
            }
        }
    }

    private void WriteIfDue()
    {
        if (_clock.GetElapsedTime(_lastWritten) >= _pause)
        {
            Write();
        }
    }

    private static void Write(Stream file, IReadOnlyList<MonitorSnapshot> monitors)
    {
        file.Write(Magic);
        file.Write(new byte[SHA256.HashSizeInBytes]); // its place
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashed))
        {
            writer.Write(monitors.Count);
            foreach (var monitor in monitors)
            {
                Write(writer, monitor);
                if (file.Position > MostBytes)
                {
                    throw new IOException($"it would be larger than {MostBytes >> 20} MB");
                }
            }
        }

        file.Position = Magic.Length;
        file.Write(hash.Hash!);
    }

    private static void Write(BinaryWriter writer, MonitorSnapshot monitor)
    {
        writer.Write(monitor.Spec.Name);
        writer.Write(monitor.Spec.Pane.Length.Ticks);
        writer.Write(monitor.Spec.Windows.Count);
        foreach (var window in monitor.Spec.Windows)
        {
            writer.Write(window.Label);
        }

        var begun = monitor.Series.Where(series => series.Time is not null).ToList();
        writer.Write(begun.Count);
        foreach (var series in begun)
        {
            writer.Write(series.Segment);
            writer.Write(series.Time!.Value.Milliseconds);
            writer.Write(series.History[0].Count);
            foreach (var readings in series.History)
            {
                // In the order of bytes of the machine: the file stays on it.
                writer.Write(MemoryMarshal.AsBytes(readings.KlNats.Span));
                writer.Write(MemoryMarshal.AsBytes(readings.NoiseNats.Span));
            }
        }
    }

    private static Dictionary<(string Monitor, string Segment), SavedHistory> Read(string path)
    {
        if (new FileInfo(path).Length > MostBytes)
        {
            throw new FormatException($"it is larger than {MostBytes >> 20} MB");
        }

        var bytes = File.ReadAllBytes(path);
        var start = Magic.Length + SHA256.HashSizeInBytes;
        if (!bytes.AsSpan().StartsWith(Magic) || bytes.Length < start)
        {
            throw new FormatException("it is no history of this version");
        }

        if (!SHA256.HashData(bytes.AsSpan(start)).AsSpan().SequenceEqual(bytes.AsSpan(Magic.Length, SHA256.HashSizeInBytes)))
        {
            throw new FormatException("it is damaged: its checksum is another");
        }

        var saved = new Dictionary<(string Monitor, string Segment), SavedHistory>();
        using var reader = new BinaryReader(new MemoryStream(bytes, start, bytes.Length - start));
        for (var monitors = reader.ReadInt32(); monitors > 0; monitors--)
        {
            Read(reader, saved);
        }

        return saved;
    }

    private static void Read(BinaryReader reader, Dictionary<(string Monitor, string Segment), SavedHistory> saved)
    {
        var monitor = reader.ReadString();
        var pane = new TimeSpan(reader.ReadInt64());
        var windows = new string[reader.ReadInt32()];
        for (var w = 0; w < windows.Length; w++)
        {
            windows[w] = reader.ReadString();
        }

        for (var series = reader.ReadInt32(); series > 0; series--)
        {
            var segment = reader.ReadString();
            var last = new EventTime(reader.ReadInt64());
            var count = reader.ReadInt32();
            var byWindow = new Dictionary<string, PastReadings>();
            foreach (var window in windows)
            {
                var (kl, noise) = (new double[count], new float[count]);
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(kl.AsSpan()));
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(noise.AsSpan()));
                byWindow[window] = new PastReadings(kl, noise);
            }

            saved[(monitor, segment)] = new SavedHistory(pane, last, byWindow);
        }
    }

    [LoggerMessage(
        EventName = "checkpoints.history_unreadable", Level = LogLevel.Warning,
        Message = "{Path} cannot be read ({Reason}): the page begins without past readings")]
    private partial void LogUnreadable(string path, string reason);

    [LoggerMessage(
        EventName = "checkpoints.history_unwritable", Level = LogLevel.Warning,
        Message = "Past readings are not kept for the next start: {Reason}")]
    private partial void LogUnwritable(string reason);
}
