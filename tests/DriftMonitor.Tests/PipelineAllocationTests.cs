namespace DriftMonitor.Tests;

public sealed class PipelineAllocationTests
{
    [Theory]
    [InlineData(Writing.Plain, false)]
    [InlineData(Writing.Plain, true)]
    [InlineData(Writing.Escaped, true)]
    [InlineData(Writing.InAnArray, true)]
    [InlineData(Writing.Unpacked, true)]
    [InlineData(Writing.Csv, true)]
    [InlineData(Writing.Malformed, true)]
    [InlineData(Writing.WithoutTime, true)]
    public void Processing_an_event_in_three_monitors_allocates_nothing_between_pane_closes_counted_or_rejected(
        Writing writing, bool isSegmented)
    {
        var pipeline = MemorySource.FlightsPipeline(TimeProvider.System, isSegmented, writing);
        // The first steps may allocate: they create panes and partitions and look for silent partitions, and the runtime recompiles hot
        // methods on this thread.
        Step(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.All(pipeline.Bindings, binding => Assert.Equal(
            110 * MemorySource.BatchSize, binding.Monitor.Counted + binding.Monitor.Rejected.Total + pipeline.Tallies[0].Rejected.Total));
        var isRejected = writing is Writing.Malformed or Writing.WithoutTime;
        Assert.All(pipeline.Bindings, binding => Assert.Equal(isRejected, binding.Monitor.Counted == 0));

        void Step(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }
    }

    [Theory]
    [InlineData(false, Writing.Plain)]
    [InlineData(true, Writing.Escaped)]
    [InlineData(false, Writing.Csv)]
    public void Counting_pairs_allocates_nothing_either(bool isSegmented, Writing writing)
    {
        var pipeline = MemorySource.PairsPipeline(TimeProvider.System, isSegmented, writing);
        Step(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(110 * MemorySource.BatchSize, pipeline.Bindings[0].Monitor.Counted);

        void Step(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }
    }

    [Theory]
    [InlineData(false, Writing.Plain)]
    [InlineData(true, Writing.Escaped)]
    [InlineData(true, Writing.Csv)]
    public void Counting_words_allocates_nothing_either(bool isSegmented, Writing writing)
    {
        var pipeline = MemorySource.WordsPipeline(TimeProvider.System, isSegmented, writing);
        Step(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(110 * MemorySource.BatchSize, pipeline.Bindings[0].Monitor.Counted);

        void Step(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }
    }

    [Theory]
    [InlineData(false, Writing.Plain, false)]
    [InlineData(false, Writing.Plain, true)]
    [InlineData(true, Writing.Escaped, true)]
    [InlineData(true, Writing.Csv, false)]
    [InlineData(true, Writing.Csv, true)]
    public void Deriving_values_and_taking_their_mean_allocates_nothing_either(bool isSegmented, Writing writing, bool hasMean)
    {
        string[] fields =
        [
            "difference(dep_delay)", "deviation(distance, 10)", "deviation(distance, 500)", "deviation(dep_delay, day)", "length(carrier)",
            "gap()", "hour()", "volume()", "residual(dep_delay, distance)", "absresidual(distance, dep_delay)", "match(carrier, origin)",
            "distance",
        ];
        var pipeline = MemorySource.FlightsPipeline(TimeProvider.System, isSegmented, writing, hasMean, fields);
        Step(200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.All(pipeline.Bindings, binding => Assert.Equal(
            210 * MemorySource.BatchSize, binding.Monitor.Counted + binding.Monitor.WithoutHistory));
        Assert.All(pipeline.Bindings, binding => Assert.Equal(
            binding.Field.Text.Contains("day", StringComparison.Ordinal), binding.Monitor.Counted == 0));

        void Step(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }
    }
}
