using System.Text.Json;
using DriftMonitor.Core.Calibration;

namespace DriftMonitor.Core.Tests;

/// <summary>Compares tails with golden ones, to relative 1e-9.</summary>
internal static class GoldenTail
{
    public static void Equal(JsonElement expected, Tail? tail, string name)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.True(tail is null, name);
            return;
        }

        Assert.True(tail is not null, name);
        Assert.Equal(expected.GetProperty("clusters").GetInt32(), tail.Clusters);
        Assert.Equal(expected.GetProperty("panes").GetInt32(), tail.Panes);
        Near(expected.GetProperty("level").GetDouble(), tail.Level, name);
        Near(expected.GetProperty("threshold").GetDouble(), tail.Threshold, name);
        Near(expected.GetProperty("rate_per_pane").GetDouble(), tail.RatePerPane, name);
        var shapes = expected.GetProperty("shapes").EnumerateArray().ToList();
        Assert.Equal(
            shapes.Select(shape => shape.GetProperty("transform").GetString()),
            tail.Shapes.Select(shape => shape.Transform.ToString().ToLowerInvariant()));
        foreach (var (shape, fitted) in shapes.Zip(tail.Shapes))
        {
            Near(shape.GetProperty("weight").GetDouble(), fitted.Weight, name);
            Near(shape.GetProperty("scale").GetDouble(), fitted.Scale, name);
        }

        Assert.Equal(expected.GetProperty("quantiles").GetArrayLength(), tail.Quantiles.Count);
        foreach (var (quantile, fitted) in expected.GetProperty("quantiles").EnumerateArray().Zip(tail.Quantiles))
        {
            Near(quantile[0].GetDouble(), fitted.Level, name);
            Near(quantile[1].GetDouble(), fitted.Value, name);
        }
    }

    public static void Near(double expected, double actual, string what)
    {
        if (!(Math.Abs(actual - expected) <= 1e-9 * Math.Abs(expected)))
        {
            Assert.Fail($"{what}: expected {expected:R}, got {actual:R}");
        }
    }
}
