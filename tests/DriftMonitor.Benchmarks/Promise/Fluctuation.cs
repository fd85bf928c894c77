namespace DriftMonitor.Benchmarks.Promise;

/// <summary>How the shares of a stream's bins move while nothing is wrong. All of it is stationary or a season: none is drift.</summary>
/// <param name="AutoregressionPanes">The time scale in panes of an AR(1) in each bin's logit, correlation exp(−1/scale) from pane to pane; 0 for none.</param>
/// <param name="AutoregressionDeviation">Its standard deviation.</param>
/// <param name="SeasonAmplitude">The amplitude of a sine of one day in each bin's logit, its phase drawn for each bin; 0 for none.</param>
/// <param name="BurstsPerPane">How many bursts a pane has on average: the events of each all fall into one bin, drawn anew.</param>
/// <param name="RateSwing">The largest event rate of the day over its least: ln rate is a sine of one day.</param>
/// <param name="Volume">The live rate over that of the reference.</param>
internal sealed record Fluctuation(
    string Name,
    double AutoregressionPanes = 0,
    double AutoregressionDeviation = 0.3,
    double SeasonAmplitude = 0,
    double BurstsPerPane = 0,
    double RateSwing = 1,
    double Volume = 1)
{
    /// <summary>Panes of a day: a pane is an hour.</summary>
    public const int PanesPerDay = 24;

    /// <summary>Median size of a burst over the events of a pane.</summary>
    public const double BurstMedian = 0.5;

    /// <summary>Standard deviation of the logarithm of a burst's size.</summary>
    public const double BurstLogDeviation = 1;

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
    ];
}
