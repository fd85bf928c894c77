using DriftMonitor.Streaming.Checkpoints;

namespace DriftMonitor.Tests.Checkpoints;

/// <summary>The folder of checkpoints: whatever a kill leaves there, a complete one is found.</summary>
public sealed class CheckpointFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor");
    private readonly List<string> _bad = [];

    private string Newest => In("state.1");

    private string Previous => In("state.2");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_empty_folder_has_none()
    {
        using var folder = Open();

        Assert.Null(folder.Load(_bad.Add));
        Assert.Empty(_bad);
    }

    [Fact]
    public void The_newest_is_loaded_and_two_are_kept()
    {
        WriteThree();

        Assert.Equal("2013-03-03T00:00:00Z", Load());
        Assert.Equal(["state.1", "state.2", "state.lock"], _folder.EnumerateFiles().Select(file => file.Name).Order());
        File.Delete(Newest);
        Assert.Equal("2013-03-02T00:00:00Z", Load());
    }

    [Fact] // E03: all that a kill can leave, from the first byte of the temporary file to the last rename
    public void Whatever_a_kill_leaves_the_newest_complete_one_is_loaded()
    {
        WriteThree();
        var complete = File.ReadAllBytes(Newest);
        for (var length = 0; length <= complete.Length; length += 7)
        {
            File.WriteAllBytes(In("state.tmp"), complete[..length]);
            Assert.Equal("2013-03-03T00:00:00Z", Load());
        }

        File.Move(Newest, Previous, overwrite: true); // between the two renames
        Assert.Equal("2013-03-03T00:00:00Z", Load());
        Assert.Empty(_bad);
        using var folder = Open();
        folder.Write(CheckpointFileTests.Sample(day: 4));
        Assert.Equal("2013-03-04T00:00:00Z", $"{folder.Load(_bad.Add)!.Taken}");
    }

    [Fact]
    public void A_damaged_one_is_put_aside_and_the_one_before_is_loaded()
    {
        WriteThree();
        File.WriteAllBytes(Newest, File.ReadAllBytes(Newest)[..^1]);

        Assert.Equal("2013-03-02T00:00:00Z", Load());
        Assert.Equal(
            $"cannot read the checkpoint {Newest}: it is damaged: its checksum is wrong; it is now {Newest}.bad", Assert.Single(_bad));
        Assert.True(File.Exists(Newest + ".bad"));
        Assert.Equal("2013-03-02T00:00:00Z", Load());
        Assert.Single(_bad);
    }

    [Fact]
    public void If_both_are_damaged_there_is_none()
    {
        WriteThree();
        File.WriteAllText(Newest, "no checkpoint, though it is long enough to hold a magic word, a version and a checksum");
        File.WriteAllText(Previous, "");

        Assert.Null(Load());
        Assert.Equal(2, _bad.Count);
    }

    [Fact] // S06
    public void A_second_process_is_kept_out_until_the_first_ends()
    {
        using (Open())
        {
            var thrown = Assert.Throws<CheckpointException>(Open);
            Assert.Equal(
                $"another driftmonitor uses {_folder.FullName}: stop it, or give each process a folder of its own", thrown.Message);
        }

        Open().Dispose();
    }

    [Fact] // S03: a full disk, for example
    public void One_that_cannot_be_written_leaves_those_that_exist()
    {
        WriteThree();
        using var folder = Open();
        Directory.CreateDirectory(In("state.tmp"));

        var thrown = Assert.Throws<CheckpointException>(() => folder.Write(CheckpointFileTests.Sample(day: 4)));

        Assert.StartsWith($"cannot write the checkpoint {Newest}: ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("2013-03-03T00:00:00Z", $"{folder.Load(_bad.Add)!.Taken}");
        Directory.Delete(In("state.tmp"));
        folder.Write(CheckpointFileTests.Sample(day: 4));
        Assert.Equal("2013-03-04T00:00:00Z", $"{folder.Load(_bad.Add)!.Taken}");
    }

    [Fact]
    public void Only_the_owner_can_read_what_monitors_have_seen()
    {
        WriteThree();

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Newest) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private CheckpointFolder Open() => CheckpointFolder.Open(_folder.FullName);

    private string? Load()
    {
        using var folder = Open();
        return folder.Load(_bad.Add) is { } checkpoint ? $"{checkpoint.Taken}" : null;
    }

    private void WriteThree()
    {
        using var folder = Open();
        for (var day = 1; day <= 3; day++)
        {
            folder.Write(CheckpointFileTests.Sample(day));
        }
    }
}
