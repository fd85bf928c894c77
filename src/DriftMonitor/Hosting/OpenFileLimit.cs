using System.Globalization;

namespace DriftMonitor.Hosting;

/// <summary>How many files and connections the process may open (<c>ulimit -n</c>).</summary>
internal static class OpenFileLimit
{
    /// <summary>
    /// The fewest with which the program starts: the runtime keeps its assemblies open, about 230 with the service's, and without a free
    /// descriptor it can neither start a thread nor say why.
    /// </summary>
    public const int Needed = 384;

    private const string Limits = "/proc/self/limits";

    /// <summary>The limit; null where the system does not tell it.</summary>
    public static int? Current => File.Exists(Limits) ? In(File.ReadLines(Limits)) : null;

    /// <summary>The limit in the lines of <c>/proc/self/limits</c>; null for none.</summary>
    public static int? In(IEnumerable<string> lines)
    {
        var files = lines.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = files?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return int.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
