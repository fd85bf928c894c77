using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Kafka;
using FsCheck;
using FsCheck.Fluent;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>Past readings over restarts.</summary>
public sealed class HistoryFileTests : IDisposable
{
    private static readonly TimeSpan Pane = TimeSpan.FromHours(1);
    private readonly Workshop _workshop = new();
    private readonly LogLines _lines = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void The_readings_before_a_restart_are_those_after_it()
    {
        var scene = Play(hours: 5);
        Write(scene.State.Current);

        var after = Resume(scene.Monitors[0]);

        Assert.Equal(Text(scene.State.Current), Text(after));
        Assert.Equal(5, after.Monitors[0].Series[0].History[0].KlNats.ToArray().Count(nats => !double.IsNaN(nats)));
        Assert.Empty(_lines.All);
        Assert.True( // it has segments
            OperatingSystem.IsWindows()
            || File.GetUnixFileMode(_workshop["history"]) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void A_monitor_that_begins_anew_has_none_of_them()
    {
        Write(Play(hours: 5).State.Current);

        var state = new LiveState([Watch()], [], histories: Open().TakeEarlier());

        Assert.Equal(0, state.Current.Monitors[0].Series[0].History[0].Count);
    }

    // The file may be older than the checkpoint, or newer.
    [Fact]
    public void Each_reading_keeps_its_time() => Prop.ForAll(
        Gen.Zip(Gen.Choose(1, 2 * SeriesSnapshot.HistoryLength), Gen.Choose(-10, 300)).ToArbitrary(),
        drawn =>
        {
            var (count, ahead) = drawn;
            var last = At("2013-02-09T00:00Z");
            var next = last + ahead * Pane;
            var kl = Enumerable.Range(0, count).Select(i => i % 7 == 0 ? double.NaN : i).ToArray();
            var saved = new SavedHistory(Pane, last, new Dictionary<string, PastReadings>
            {
                ["6h"] = new(kl, kl.Select(nats => (float)nats / 2).ToArray()),
            });
            var history = new ReadingHistory();

            saved.AppendBefore(history, "6h", Pane, next);

            // From the definition: the reading of each time before the next, none where the file has none.
            var times = Enumerable.Range(0, count).ToDictionary(i => last - (count - 1 - i) * Pane, i => kl[i]);
            var shown = history.Newest();
            var isRight = Enumerable.Range(0, shown.Count).All(i =>
                times.GetValueOrDefault(next - (shown.Count - i) * Pane, double.NaN).Equals(shown.KlNats.Span[i])
                && ((float)shown.KlNats.Span[i] / 2).Equals(shown.NoiseNats.Span[i]));
            var expected = Math.Clamp(count + ahead - 1, 0, SeriesSnapshot.HistoryLength);
            return isRight && (shown.Count == expected || ahead > SeriesSnapshot.HistoryLength);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Other_panes_and_other_windows_are_others_readings()
    {
        var saved = new SavedHistory(Pane, At("2013-02-09T00:00Z"), new Dictionary<string, PastReadings>
        {
            ["6h"] = new(new[] { 0.5 }, new[] { 0.1f }),
        });
        var history = new ReadingHistory();

        saved.AppendBefore(history, "12h", Pane, At("2013-02-09T01:00Z"));
        saved.AppendBefore(history, "6h", TimeSpan.FromMinutes(30), At("2013-02-09T01:00Z"));

        Assert.Equal(0, history.Newest().Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("DMHIST")]
    [InlineData("DMHIST\n\u0001 and 32 bytes that are no checksum of what follows, and more")]
    public void A_damaged_file_is_told_of_and_stops_nothing(string text)
    {
        _workshop.Write("history", text);

        Assert.Empty(Open().TakeEarlier());

        Assert.Contains(" cannot be read (", Assert.Single(_lines.All));
    }

    [Fact]
    public void A_changed_byte_is_noticed()
    {
        Write(Play(hours: 5).State.Current);
        var bytes = File.ReadAllBytes(_workshop["history"]);
        bytes[^9] ^= 1;
        File.WriteAllBytes(_workshop["history"], bytes);

        Assert.Empty(Open().TakeEarlier());

        Assert.Contains("its checksum is another", Assert.Single(_lines.All));
    }

    private static string Text(Live.Snapshot snapshot) => string.Join('\n', snapshot.Monitors[0].Series.Select(series =>
        $"{series.Segment} {series.Time}: " + string.Join("; ", series.History.Select(readings =>
            string.Join(' ', readings.KlNats.ToArray()) + " / " + string.Join(' ', readings.NoiseNats.ToArray())))));

    private static Scene Play(int hours)
    {
        var source = new ScriptedSource().Partitions(1);
        for (var hour = 0; hour <= hours; hour++)
        {
            for (var i = 0; i < 8; i++)
            {
                source.Event(0, $$"""{"x":{{5 + 10 * (i % (hour + 1))}}}""", At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour));
            }
        }

        var scene = new Scene(source, Watch());
        scene.Play();
        return scene;
    }

    // As from a checkpoint.
    private Live.Snapshot Resume(MonitorBinding before)
    {
        var after = Watch();
        after.Monitor.Load(before.Monitor.Save());
        return new LiveState([after], [], histories: Open().TakeEarlier()).Current;
    }

    private HistoryFile Open() => new(_workshop["history"], TimeProvider.System, _lines);

    private void Write(Live.Snapshot snapshot)
    {
        using var file = Open();
        file.Follow(() => snapshot.Monitors);
        file.Write();
    }
}
