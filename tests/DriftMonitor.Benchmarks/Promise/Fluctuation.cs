namespace DriftMonitor.Benchmarks.Promise;

/// <summary>How the shares of a stream's bins fluctuate without drift. All fluctuations are stationary or seasonal.</summary>
/// <param name="Name">The name of the row.</param>
/// <param name="AutoregressionPanes">
/// The time scale, in panes, of an AR(1) process in each bin's logit: its correlation from pane to pane is exp(−1/scale). 0 for none.
/// </param>
/// <param name="AutoregressionDeviation">The standard deviation of that process.</param>
/// <param name="SeasonAmplitude">The amplitude of a daily sine in each bin's logit, with a random phase for each bin; 0 for none.</param>
/// <param name="BurstsPerPane">The mean number of bursts per pane. All events of a burst fall into one random bin.</param>
/// <param name="RateSwing">
/// The largest event rate of the day divided by the smallest; the logarithm of the rate is a daily sine.
/// </param>
/// <param name="Volume">The live rate divided by that of the reference.</param>
/// <param name="EpisodesPerPane">
/// The mean number of episodes that start in a pane. An episode has other shares: the logits gain log-normal times normal numbers.
/// </param>
internal sealed record Fluctuation(
    string Name,
    double AutoregressionPanes = 0,
    double AutoregressionDeviation = 0.3,
    double SeasonAmplitude = 0,
    double BurstsPerPane = 0,
    double RateSwing = 1,
    double Volume = 1,
    double EpisodesPerPane = 0)
{
    /// <summary>The number of panes per day: a pane is an hour.</summary>
    public const int PanesPerDay = 24;

    /// <summary>The median size of a burst, divided by the events of a pane.</summary>
    public const double BurstMedian = 0.5;

    /// <summary>The standard deviation of the logarithm of the size of a burst.</summary>
    public const double BurstLogDeviation = 1;

    /// <summary>The mean length of an episode in panes; it is geometric.</summary>
    public const double EpisodePanes = 6;

    /// <summary>The median of an episode's size, the standard deviation of what the logits gain.</summary>
    public const double EpisodeMedian = 0.3;

    /// <summary>The standard deviation of the logarithm of an episode's size.</summary>
    public const double EpisodeLogDeviation = 1;

    /// <summary>The rows of the table.</summary>
    public static IReadOnlyList<Fluctuation> All { get; } =
    [
        new("independent"),
        new("independent, 3 × volume", Volume: 3),
        new("rate tenfold within the day", RateSwing: 10),
        new("AR(1), 4 panes", AutoregressionPanes: 4),
        new("AR(1), 12 panes", AutoregressionPanes: 12),
        new("AR(1), 48 panes", AutoregressionPanes: 48),
        new("daily season", SeasonAmplitude: 0.5),
        new("season with AR(1), 12 panes", AutoregressionPanes: 12, SeasonAmplitude: 0.5),
        new("season with AR(1), 2 × volume", AutoregressionPanes: 12, SeasonAmplitude: 0.5, Volume: 2),
        new("season with AR(1), 3 × volume", AutoregressionPanes: 12, SeasonAmplitude: 0.5, Volume: 3),
        new("bursts", BurstsPerPane: 1 / 24.0),
        new("episodes", EpisodesPerPane: 1 / 60.0),
    ];
}
