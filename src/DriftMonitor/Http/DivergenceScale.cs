namespace DriftMonitor.Http;

/// <summary>A vertical axis from 0 to a round number of nats, which all charts of a monitor share.</summary>
/// <param name="TopNats">Its upper end, in nats; above 0.</param>
internal readonly record struct DivergenceScale(double TopNats)
{
    private const double LeastTop = 0.01; // nats: the noise of a calm stream does not fill the chart
    private static readonly double[] Round = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

    /// <summary>The lowest scale that shows a divergence.</summary>
    /// <param name="highestNats">The divergence, in nats; finite.</param>
    public static DivergenceScale For(double highestNats)
    {
        var highest = Math.Max(LeastTop, highestNats);
        var exponent = (int)Math.Floor(Math.Log10(highest));
        var top = Round.Select(digit => digit * Math.Pow(10, exponent)).FirstOrDefault(top => top >= highest, 10 * Math.Pow(10, exponent));
        return new DivergenceScale(Math.Round(top, Math.Max(0, 1 - exponent)));
    }

    /// <summary>The labelled divergences: the ends and the middle.</summary>
    public IReadOnlyList<double> Ticks => [0, TopNats / 2, TopNats];
}
