using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Tests.Sources;

public sealed class SmallFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-");

    [Fact]
    public void A_file_is_read_as_a_whole()
    {
        var path = Path.Combine(_folder.FullName, "f");
        var content = new byte[200_000];
        new Random(7).NextBytes(content);
        File.WriteAllBytes(path, content);

        Assert.Equal(content, SmallFile.Read(path).ToArray());
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused_before_it_is_in_memory()
    {
        var path = Path.Combine(_folder.FullName, "f");
        using (var file = File.Create(path))
        {
            file.SetLength(3L << 30); // takes no room on the disk
        }

        var message = Assert.Throws<IOException>(() => SmallFile.Read(path)).Message;

        Assert.Equal("it is larger than 1024 MiB, the most that is read", message);
    }

    [Fact]
    public async Task A_pipe_that_gives_too_much_is_refused_while_it_is_read()
    {
        var path = Path.Combine(_folder.FullName, "pipe");
        Shell.Run("mkfifo", path).Succeeded();
        var writing = Task.Run(() => File.WriteAllBytesAsync(path, new byte[4 << 20]));

        var message = Assert.Throws<IOException>(() => SmallFile.Read(path, 1 << 20, TimeSpan.FromSeconds(60))).Message;

        Assert.Equal("it is larger than 1 MiB, the most that is read", message);
        await Assert.ThrowsAsync<IOException>(() => writing); // its reader has gone
    }

    [Fact]
    public void A_pipe_that_nobody_writes_to_is_refused()
    {
        var path = Path.Combine(_folder.FullName, "pipe");
        Shell.Run("mkfifo", path).Succeeded();

        var message = Assert.Throws<IOException>(() => SmallFile.Read(path, SmallFile.MostBytes, TimeSpan.FromMilliseconds(50))).Message;

        Assert.StartsWith("it can't be opened within ", message, StringComparison.Ordinal);
        Assert.EndsWith(" s: is it a pipe that nobody writes to?", message, StringComparison.Ordinal);
        using var writer = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite); // lets the reader go
    }

    [Fact]
    public async Task A_pipe_is_read_to_its_end()
    {
        var path = Path.Combine(_folder.FullName, "pipe");
        Shell.Run("mkfifo", path).Succeeded();
        var writing = Task.Run(() => File.WriteAllTextAsync(path, "[1, 2]")); // opening a pipe waits for the other end

        Assert.Equal("[1, 2]"u8.ToArray(), SmallFile.Read(path).ToArray());
        await writing;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
