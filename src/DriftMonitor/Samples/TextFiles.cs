using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Samples;

/// <summary>The files that a path on the command line stands for, where texts are compared.</summary>
internal sealed class TextFiles
{
    private const string Forms = "give a text file, a folder of text files, or - for standard input";

    private readonly List<string> _files = [];
    private readonly List<string> _remarks = [];

    private TextFiles(string path, bool isFolder) => (Path, IsFolder) = (path, isFolder);

    /// <summary>The path as given.</summary>
    public string Path { get; }

    /// <summary>Whether the path is a folder.</summary>
    public bool IsFolder { get; }

    /// <summary>The name in messages.</summary>
    public string Name => Path == Utf8Text.StandardInput ? "standard input" : Path;

    /// <summary>The file, or all files below the folder in ordinal order of their paths; at least one.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>What was left out, one line each that starts with <c>note:</c>.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Finds the files of a path. Files and folders in it whose names begin with a dot are left out.</summary>
    /// <param name="argument">The name of the argument, such as <c>P</c>.</param>
    /// <param name="path">Its value: a file, a folder, or <c>-</c> for standard input.</param>
    /// <exception cref="UsageException">There is no such path, or the folder has no files.</exception>
    /// <exception cref="SourceException">A folder cannot be read.</exception>
    public static TextFiles Find(string argument, string path)
    {
        if (path.Length == 0)
        {
            throw new UsageException($"{argument} is empty: {Forms}");
        }

        var found = new TextFiles(path, Directory.Exists(path));
        if (!found.IsFolder)
        {
            found._files.Add(path == Utf8Text.StandardInput || System.IO.Path.Exists(path)
                ? path
                : throw new UsageException($"{argument}: there is no file or folder {path}: {Forms}"));
            return found;
        }

        found.Collect(new DirectoryInfo(path), path);
        found._files.Sort(StringComparer.Ordinal);
        found._remarks.Sort(StringComparer.Ordinal);
        return found.Files.Count > 0 ? found : throw new UsageException($"the folder {path} has no files: {Forms}");
    }

    /// <summary>The error of files that have no word.</summary>
    public UsageException NoWords() => new($"{Name} has no word: give text with letters or digits");

    private void Collect(DirectoryInfo folder, string path)
    {
        try
        {
            foreach (var entry in folder.EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith('.')))
            {
                var within = System.IO.Path.Combine(path, entry.Name);
                switch (entry)
                {
                    case DirectoryInfo { LinkTarget: not null }:
                        // It may lead back to where it is.
                        _remarks.Add($"note: {within} is a link to a folder and is left out: name that folder to include it");
                        break;
                    case DirectoryInfo inner:
                        Collect(inner, within);
                        break;
                    default:
                        _files.Add(within);
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"cannot read the folder {path}: {e.Message}", e);
        }
    }
}
