using DriftMonitor.Configuration;
using DriftMonitor.Wording;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;

namespace DriftMonitor.Hosting;

/// <summary>
/// The log of the process: a line for each event on standard error, as standard output is for data; and records for a collector, if there
/// is one.
/// </summary>
internal sealed class ProcessLog : IDisposable
{
    private Settings _settings;

    /// <summary>A log.</summary>
    /// <param name="options">Form and levels of the lines.</param>
    /// <param name="collected">Sends records; null for none.</param>
    /// <param name="sent">The levels of the records; null for those of the lines.</param>
    public ProcessLog(LoggingOptions options, CollectedLogs? collected = null, LogLevelOptions? sent = null)
    {
        _settings = new Settings(options, sent);
        Factory = LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Trace); // the filters decide
            logging.AddConsole(console => console.FormatterName = ChosenFormatter.FormatterName);
            logging.AddFilter<ConsoleLoggerProvider>((category, level) => Current.Lines.Allow(category, level));
            logging.Services.AddSingleton<ConsoleFormatter>(new ChosenFormatter(() => Current.Format));
            logging.Services.Configure<ConsoleLoggerOptions>(console =>
            {
                console.LogToStandardErrorThreshold = LogLevel.Trace;

                // Where nobody reads standard error, lines are dropped, and counted in the log, rather than that the loop waits.
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
            if (collected is not null)
            {
                collected.AddTo(logging);
                logging.AddFilter<OpenTelemetryLoggerProvider>((category, level) => Current.Records.AllowSending(category, level));
            }
        });
    }

    /// <summary>Makes the loggers of all categories.</summary>
    public ILoggerFactory Factory { get; }

    private Settings Current => Volatile.Read(ref _settings);

    /// <summary>
    /// The log of a verb that writes its own messages: of the log, only errors are shown, and what Kafka's level asks for.
    /// </summary>
    public static ProcessLog OfVerb(LoggingOptions options) => new(new LoggingOptions
    {
        Format = options.Format,
        Levels = new LogLevelOptions { Default = LeastLevel.Error, Kafka = options.Levels.Kafka },
    });

    /// <summary>The logger of a <see cref="LogCategory"/>.</summary>
    public ILogger Of(string category) => Factory.CreateLogger(category);

    /// <summary>Changes form and levels, from the next event on.</summary>
    public void Apply(LoggingOptions options) => Volatile.Write(ref _settings, new Settings(options, null));

    /// <summary>Makes a host log here.</summary>
    public void Serve(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton(Factory));

    /// <summary>Writes and sends what waits.</summary>
    public void Dispose() => Factory.Dispose();

    private sealed class Settings(LoggingOptions options, LogLevelOptions? sent)
    {
        public LogFormat Format => options.Format;

        public LogLevels Lines { get; } = new(options.Levels);

        public LogLevels Records { get; } = new(sent ?? options.Levels);
    }
}
