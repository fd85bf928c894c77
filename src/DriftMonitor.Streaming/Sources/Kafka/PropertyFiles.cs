using System.Text;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>librdkafka properties whose values are the contents of files, such as a password in a mounted secret.</summary>
/// <remarks>A file that can't be read later on leaves the last value in use. No message has a value, or a path, which may be one.</remarks>
public sealed class PropertyFiles
{
    /// <summary>The largest file, 64 KiB: a chain of certificates is smaller.</summary>
    public const long MostBytes = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyDictionary<string, string> _paths;
    private Dictionary<string, string>? _values; // replaced as a whole; null before the first reading

    /// <summary>Reads nothing yet.</summary>
    /// <param name="paths">The path of each property's file.</param>
    public PropertyFiles(IReadOnlyDictionary<string, string> paths) => _paths = paths;

    /// <summary>The properties that have files.</summary>
    public IEnumerable<string> Properties => _paths.Keys;

    /// <summary>The values as read last.</summary>
    /// <exception cref="SourceException">A file can't be read, and never could.</exception>
    public IReadOnlyDictionary<string, string> Values
    {
        get
        {
            if (Volatile.Read(ref _values) is { } known)
            {
                return known;
            }

            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (property, path) in _paths)
            {
                values[property] = TryRead(path, out var value) is { } reason
                    ? throw new SourceException($"Kafka:PropertyFiles:{property} {reason}")
                    : value;
            }

            Volatile.Write(ref _values, values);
            return values;
        }
    }

    /// <summary>Reads a file; the end of its last line does not belong to the value.</summary>
    /// <param name="path">The file.</param>
    /// <param name="value">The value; empty if there is a reason.</param>
    /// <returns>Why there is no value, as the rest of a sentence that begins with the property; null if there is one.</returns>
    public static string? TryRead(string path, out string value)
    {
        value = "";
        try
        {
            value = Encoding.UTF8.GetString(SmallFile.Read(path, MostBytes, Patience).Span).TrimEnd('\r', '\n');
            return value.Length == 0 ? "names a file that is empty: write the value into it"
                : value.Contains('\0', StringComparison.Ordinal) ? "names a file that is not text: write the value into it"
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "names a file that does not exist: write the path of the file that has the value";
        }
        catch (Exception e) when (e is UnauthorizedAccessException)
        {
            return "names a folder, or a file that may not be read: write the path of a readable file that has the value";
        }
        catch (IOException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            return $"names a file that can't be read: {e.Message}";
        }
        catch (IOException)
        {
            return "names a file that can't be read: write the path of a readable file that has the value";
        }
    }

    /// <summary>Reads the files again.</summary>
    /// <returns>The properties whose files can't be read, with the reason.</returns>
    public IReadOnlyDictionary<string, string> Refresh()
    {
        var values = new Dictionary<string, string>(Values, StringComparer.Ordinal);
        var unreadable = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (property, path) in _paths)
        {
            if (TryRead(path, out var value) is { } reason)
            {
                unreadable[property] = reason;
            }
            else
            {
                values[property] = value;
            }
        }

        Volatile.Write(ref _values, values);
        return unreadable;
    }
}
