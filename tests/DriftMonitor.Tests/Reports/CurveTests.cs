using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Reports;

public sealed class CurveTests
{
    private static readonly PaneGrid Hours = new(TimeSpan.FromHours(1));

    [Property(MaxTest = 200)]
    public Property Points_are_the_largest_readings_of_equal_stretches_however_long_the_replay() => Prop.ForAll(
        (from length in Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(400, 2000))
         from gaps in Gen.Frequency((9, Gen.Constant(1)), (1, Gen.Choose(2, 300))).ArrayOf(length)
         from values in Gen.Choose(0, 1000).ArrayOf(length)
         from first in Gen.Choose(-50_000, 400_000)
         select (Gaps: gaps, Values: values, First: (long)first)).ToArbitrary(),
        readings =>
        {
            var curve = new Curve(Hours);
            var pane = readings.First;
            var added = new List<(EventTime Time, double Nats)>();
            foreach (var (gap, value) in readings.Gaps.Zip(readings.Values))
            {
                pane += gap;
                added.Add((Hours.Start(pane), value / 100.0));
                curve.Add(Hours.Start(pane), Of(value / 100.0));
            }

            var points = curve.Points.ToList();

            Assert.InRange(points.Count, 1, Curve.MostStretches);
            Assert.Equal(added.Max(reading => reading.Nats), curve.Peak!.Value.KlNats);
            Assert.All(points, point =>
            {
                var within = added.Where(reading => reading.Time >= point.From && reading.Time <= point.To).ToList();
                Assert.Equal(within.Max(reading => reading.Nats), point.KlNats);
                Assert.Equal(point.KlNats / 10, point.NoiseNats);
                Assert.Contains((point.Time, point.KlNats), within);
                Assert.Equal(curve.Step, point.To - point.From + Hours.Length);
                Assert.Equal(TimeSpan.Zero, TimeSpan.FromTicks((point.From - points[0].From).Ticks % curve.Step.Ticks));
            });
            Assert.All(added, reading => Assert.Single(points, point => reading.Time >= point.From && reading.Time <= point.To));
        });

    [Fact]
    public void A_jump_over_centuries_costs_no_more_than_a_gap()
    {
        var curve = new Curve(new PaneGrid(TimeSpan.FromSeconds(1)));
        curve.Add(Scene.At("0001-01-01T00:00:01Z"), Of(1));
        curve.Add(Scene.At("9999-12-31T00:00:00Z"), Of(2));

        Assert.Equal([1, 2], curve.Points.Select(point => point.KlNats));
    }

    private static Measurement Of(double nats) => new(nats, nats, nats / 10, 0, 0, 1);
}
