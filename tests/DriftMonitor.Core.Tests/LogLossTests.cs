using DriftMonitor.Core.Derivations;
using FsCheck;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class LogLossTests
{
    [Property]
    public bool The_loss_is_the_natural_logarithm_of_the_probability(NormalFloat number)
    {
        var p = Math.Abs(number.Get) % 1;
        return p < LogLoss.LeastProbability || Math.Abs(LogLoss.Of(p) + Math.Log(p)) <= 4e-16 * Math.Max(1, -Math.Log(p));
    }

    [Theory]
    [InlineData(0.5, 0.69314718055994531)]
    [InlineData(0.1, 2.3025850929940457)]
    [InlineData(1e-15, 34.538776394910684)]
    [InlineData(1e-16, 34.538776394910684)]
    [InlineData(0.0, 34.538776394910684)]
    [InlineData(-1e-4, 34.538776394910684)]
    [InlineData(1.0, 0.0)]
    [InlineData(1.0000001192092896, 0.0)] // 1 with the rounding of a float32
    public void It_is_clipped_at_1e_minus_15_and_at_1(double p, double loss)
    {
        Assert.Equal(loss, LogLoss.Of(p), 1e-14);
        Assert.False(double.IsNegative(LogLoss.Of(p)));
    }
}
