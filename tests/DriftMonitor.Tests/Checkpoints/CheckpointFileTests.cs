using System.Buffers.Binary;
using System.Security.Cryptography;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.State;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Checkpoints;

/// <summary>The format of checkpoint files: what is written is read again, and nothing else is.</summary>
public sealed class CheckpointFileTests(ITestOutputHelper log)
{
    private const int Start = 12; // magic and version
    private const int HashSize = SHA256.HashSizeInBytes;


    [Fact]
    public void A_checkpoint_is_read_as_it_was_written()
    {
        var written = Sample();

        var read = Read(Write(written));

        Assert.Equal((written.Taken, written.Version), (read.Taken, read.Version));
        Assert.Equal(written.Topics, read.Topics);
        var (one, other) = (Assert.Single(written.Monitors), Assert.Single(read.Monitors));
        Assert.Equal((one.Name, one.ClosedUpTo, one.ClosedPanes), (other.Name, other.ClosedUpTo, other.ClosedPanes));
        Assert.Equal((one.OpenPanes, one.Series, one.Events), (other.OpenPanes, other.Series, other.Events));
        Assert.Equal(one.Settings, other.Settings);
        Assert.Equal(one.Positions, other.Positions);
        Assert.Equal(one.Alerts, other.Alerts);
        Assert.Equal(one.State.ToArray(), other.State.ToArray());
        Assert.Equal(AlertState.Firing, Assert.Single(other.Alerts).Alert.State);
    }

    [Fact] // S01
    public void A_file_that_ends_at_any_byte_is_refused()
    {
        var file = Write(Sample());
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<StateException>(() => Read(file[..length]));
        }

        Assert.Throws<StateException>(() => Read([.. file, 0]));
    }

    [Fact] // S01
    public void A_file_in_which_any_bit_is_wrong_is_refused()
    {
        var file = Write(Sample());
        for (var bit = 0; bit < 8 * file.Length; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<StateException>(() => Read(file));
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact] // S02: a checksum that is right does not make a file right
    public void A_file_with_any_bytes_and_their_checksum_is_loaded_or_refused_and_takes_little_memory()
    {
        const int Cases = 100_000;
        const long MostAllocated = 10 << 20;
        var seed = RandomNumberGenerator.GetInt32(1_000_000_000);
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var file = Write(Sample());
        var (loaded, most) = (0, 0L);
        for (var i = 0; i < Cases; i++)
        {
            var damaged = file.ToArray();
            Damage(damaged.AsSpan(Start..^HashSize), random);
            SHA256.HashData(damaged.AsSpan(..^HashSize), damaged.AsSpan(^HashSize..));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var checkpoint = Read(damaged);
                Watch().Monitor.Load(Assert.Single(checkpoint.Monitors).State);
                loaded++;
            }
            catch (StateException)
            {
                // As it should be.
            }

            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        log.WriteLine($"{loaded} of {Cases} were loaded; one took at most {most >> 10} KiB");
        Assert.InRange(most, 0, MostAllocated);
    }

    // Some bytes; a number that may be a length, as large as it can be; or everything from a place on.
    private static void Damage(Span<byte> bytes, Random random)
    {
        var place = random.Next(bytes.Length - sizeof(long));
        switch (random.Next(4))
        {
            case 0:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[place..], random.Next(2) == 0 ? int.MaxValue : random.Next());
                break;
            case 1:
                BinaryPrimitives.WriteInt64LittleEndian(bytes[place..], random.Next(2) == 0 ? long.MaxValue : random.NextInt64());
                break;
            case 2:
                random.NextBytes(bytes[place..]);
                break;
            default:
                for (var changes = random.Next(1, 4); changes > 0; changes--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                break;
        }
    }

    [Fact]
    public void A_file_of_a_later_format_version_says_so()
    {
        var file = Write(Sample());
        file[8] = 4;

        var thrown = Assert.Throws<StateException>(() => Read(file));

        Assert.Equal("its format version is 4, and this program reads those up to 3", thrown.Message);
    }

    [Theory] // S04
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_of_each_format_version_is_read_for_ever(int version)
    {
        var checkpoint = Read(Golden($"version-{version}"));
        Assert.Equal(version, checkpoint.FormatVersion);

        var binding = Watch();
        Load(binding, checkpoint);
        var report = Assert.Single(binding.Monitor.LastReports);
        Assert.Equal(Scene.At("2013-02-09T01:00Z"), report.Time);
        Assert.Equal(8, report.Readings[0].Events);
        Assert.Equal(Math.Log(4), report.Readings[0].Measurement!.KlNats, 2);
        Assert.Equal(AlertState.Firing, report.Alert!.State);
        Assert.Equal(1, binding.Monitor.Open.Counted);
        Assert.StartsWith("[0, 10) 25.0 % → 100.0 %", new LiveState([binding], []).Current.Monitors[0].Series[0].Firing!.Moved);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Segments_in_a_file_of_each_format_version_are_read_and_end_only_when_their_windows_are_empty(int version)
    {
        var binding = Scene.Watch("delay", segments: ["known"], mostSegments: 3);
        var checkpoint = Read(Golden($"segments-version-{version}"));
        Load(binding, checkpoint);
        var monitor = binding.Monitor;
        Assert.Equal([("known", 8), ("new", 3)], monitor.LastReports.Select(report => (report.Segment, report.Readings[1].Events)));
        Assert.Equal(["known", "new", "newer"], monitor.Series.Select(series => series.Segment));

        // Another one asks for room. The event of `newer` is of the pane that closes now; those of `new` are in the longest window.
        monitor.Add(0, Scene.At("2013-02-09T01:40Z"), null, 0, "other"u8);
        monitor.Add(0, Scene.At("2013-02-09T02:10Z"), null, 0, "known"u8);
        Assert.NotNull(monitor.CloseDue());
        Assert.Equal(["known", "new", "newer"], monitor.Series.Select(series => series.Segment));

        monitor.Add(0, Scene.At("2013-02-09T03:10Z"), null, 0, "known"u8);
        Assert.NotNull(monitor.CloseDue());
        Assert.Equal(["known", "newer"], monitor.Series.Select(series => series.Segment));
    }

    [Fact] // S04
    public void Sums_of_numbers_in_a_file_of_format_version_3_are_read_for_ever()
    {
        var scene = Mean();
        Load(scene.Monitors[0], Read(Golden("mean-version-3")));

        // The pane that has closed holds 0.1 and 0.2, and the open one 0.4.
        var report = Assert.Single(scene.Monitors[0].Monitor.LastReports);
        Assert.Equal([(0.1 + 0.2) / 2, null], report.Readings.Select(reading => reading.Measurement?.Mean));
        var closed = Assert.Single(scene.Monitors[0].Monitor.CloseAtEnd()!);
        Assert.Equal([0.4, (0.1 + 0.2 + 0.4) / 3], closed.Readings.Select(reading => reading.Measurement!.Mean!.Value));
    }

    [Fact]
    public void A_state_without_sums_is_refused_where_means_are_wanted()
    {
        var checkpoint = Read(Golden("version-2"));
        Assert.Throws<StateException>(() => Load(Mean().Monitors[0], checkpoint));
    }

    private static Scene Mean()
    {
        var plain = Scene.Watch("delay", binning: new Core.Binning.NumericBinning([0, 1]));
        var spec = plain.Monitor.Spec with { HasMean = true };
        var monitor = new Core.Monitoring.FieldMonitor(spec, plain.Monitor.Against.Whole!);
        return new Scene(
            new ScriptedSource().Partitions(1)
                .Event(0, """{"x":0.1}""", Scene.At("2013-02-09T00:10Z"))
                .Event(0, """{"x":0.2}""", Scene.At("2013-02-09T00:20Z"))
                .Event(0, """{"x":null}""", Scene.At("2013-02-09T00:30Z"))
                .Event(0, """{"x":0.4}""", Scene.At("2013-02-09T01:30Z"))
                .CaughtUp(0),
            plain with { Monitor = monitor });
    }

    internal static MonitorBinding Watch() => Scene.Watch("delay", rule: new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1));

    internal static Checkpoint Sample(int day = 1)
    {
        var scene = Scene.Drifted();
        scene.Play();
        return new Checkpoint(
            Scene.At($"2013-03-0{day}T00:00Z"), "0.1.0", [new TopicIdentity("events", "cluster", null)],
            [
                MonitorCheckpoint.Take(
                    scene.Monitors[0], [new("Field", "x"), new("Pane", "01:00:00")],
                    [new Progress(new Position("events", 0, 9), 9), new Progress(new Position("others", 0, 7), 8)]),
            ]);
    }

    private static byte[] Golden(string name) => Convert.FromBase64String(
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "DriftMonitor.Tests", "Checkpoints", "Golden", $"{name}.txt")));

    private static void Load(MonitorBinding binding, Checkpoint checkpoint)
    {
        var saved = Assert.Single(checkpoint.Monitors);
        binding.Monitor.Load(saved.State, saved.StateVersion);
    }

    private static byte[] Write(Checkpoint checkpoint)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, checkpoint);
        return file.ToArray();
    }

    private static Checkpoint Read(byte[] bytes)
    {
        using var file = new MemoryStream(bytes);
        return CheckpointFile.Read(file);
    }
}
