using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Tests;

public sealed class InformationTests
{
    [Fact]
    public void The_direction_matters()
    {
        double[] rare = [0.5, 0.5, 0], common = [0.4, 0.4, 0.2];
        Assert.Equal(Math.Log(1.25), Information.KullbackLeibler(rare, common), 15);
        Assert.Equal(double.PositiveInfinity, Information.KullbackLeibler(common, rare)); // the reference makes the third bin impossible
    }

    [Fact]
    public void Distributions_of_different_lengths_cannot_be_compared()
    {
        var fault = Assert.Throws<ArgumentException>(() => Information.KullbackLeibler([1], [0.5, 0.5]));
        Assert.Equal("the current distribution has 1 bins and the reference 2: they must have the same number", fault.Message);
    }
}
