using DriftMonitor.Http;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Http;

public sealed class DivergenceScaleTests
{
    [Theory]
    [InlineData(0, 0.01)]
    [InlineData(0.004, 0.01)]
    [InlineData(0.0101, 0.015)]
    [InlineData(0.3, 0.3)]
    [InlineData(0.31, 0.4)]
    [InlineData(1.388, 1.5)]
    [InlineData(8.5, 10)]
    [InlineData(12, 15)]
    public void It_ends_at_the_next_round_number(double highest, double top) => Assert.Equal(top, DivergenceScale.For(highest).TopNats);

    [Fact]
    public void It_shows_every_divergence_uses_two_thirds_of_the_height_and_has_short_labels() => Prop.ForAll(
        Gen.Choose(0, 2_000_000).Select(n => n / 10_000.0).ToArbitrary(),
        highest =>
        {
            var scale = DivergenceScale.For(highest);
            return scale.TopNats >= highest
                && (highest <= 0.01 || scale.TopNats <= 1.5 * highest + 1e-9)
                && scale.Ticks.All(tick => Figures.Tick(tick).Length <= 6);
        }).QuickCheckThrowOnFailure();
}
