namespace DriftMonitor.Tests;

public sealed class PipelineAllocationTests
{
    [Theory]
    [InlineData(Writing.Plain, false)]
    [InlineData(Writing.Plain, true)]
    [InlineData(Writing.Escaped, true)]
    [InlineData(Writing.InAnArray, true)]
    [InlineData(Writing.Csv, true)]
    public void An_event_s_way_through_three_monitors_allocates_nothing_between_pane_closes_however_it_is_written_segmented_or_not(Writing writing, bool isSegmented)
    {
        var pipeline = MemorySource.FlightsPipeline(TimeProvider.System, isSegmented, writing);
        // Each partition and pane has been met, the look for silent partitions has been due, and the runtime has compiled anew what is used
        // most, which may allocate on this thread
        Step(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.All(pipeline.Bindings, binding => Assert.Equal(110_000, binding.Monitor.Counted));

        void Step(int events)
        {
            for (var i = 0; i < events; i++)
            {
                pipeline.Step(TimeSpan.Zero);
            }
        }
    }
}
