using System.Collections.Frozen;
using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Hosting;

/// <summary>The least level that is logged, by category.</summary>
internal sealed class LogLevels
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host"; // ServiceHost reports a failed start, in one line

    private readonly FrozenDictionary<string, LogLevel> _ours;
    private readonly LogLevel _others;

    /// <summary>The levels that options give.</summary>
    public LogLevels(LogLevelOptions options)
    {
        var usual = options.Default ?? LeastLevel.Information;
        _ours = OptionsShape.PropertiesOf(typeof(LogLevelOptions))
            .Where(property => property.Name is not (nameof(options.Default) or nameof(options.Microsoft)))
            .ToFrozenDictionary(property => property.Name, property => LevelOf((LeastLevel?)property.GetValue(options) ?? usual));
        _others = LevelOf(options.Microsoft ?? (usual > LeastLevel.Warning ? usual : LeastLevel.Warning));
    }

    /// <summary>Whether lines of a category and level are logged.</summary>
    public bool Allow(string? category, LogLevel level) =>
        level >= (category is not null && _ours.TryGetValue(category, out var ours) ? ours : _others) && category != HostCategory;

    /// <summary>Whether lines of a category and level are sent to a collector: not those about sending.</summary>
    public bool AllowSending(string? category, LogLevel level) => category != LogCategory.Export && Allow(category, level);

    private static LogLevel LevelOf(LeastLevel level) => level switch
    {
        LeastLevel.Debug => LogLevel.Debug,
        LeastLevel.Information => LogLevel.Information,
        LeastLevel.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
