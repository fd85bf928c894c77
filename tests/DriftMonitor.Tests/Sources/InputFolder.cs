using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace DriftMonitor.Tests.Sources;

/// <summary>A temporary folder with input files.</summary>
internal sealed class InputFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-files-");

    /// <summary>The folder.</summary>
    public string Path => _folder.FullName;

    /// <summary>Writes a file, compressed as its name says.</summary>
    public string Write(string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(bytes)
            : name.EndsWith(".zst", StringComparison.Ordinal) ? Zstd(bytes)
            : bytes);
    }

    /// <summary>Writes a file as it is.</summary>
    public string Write(string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Compresses with gzip.</summary>
    public static byte[] Gzip(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    /// <summary>Compresses with zstd.</summary>
    public static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
