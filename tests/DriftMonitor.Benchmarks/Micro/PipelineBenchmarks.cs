using BenchmarkDotNet.Attributes;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Tests;

namespace DriftMonitor.Benchmarks.Micro;

/// <summary>The entire processing of an event from memory, without a broker: three monitors of one topic, event time in a field.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks
{
    private static readonly string[] Fields = ["deviation(dep_delay, 10)", "deviation(distance, 100)", "gap()"];

    private Pipeline _pipeline = null!;
    private Pipeline _derived = null!;

    /// <summary>How the events are written: good ones, and two that are rejected.</summary>
    [Params(Writing.Plain, Writing.Malformed, Writing.WithoutTime)]
    public Writing Writing { get; set; }

    /// <summary>Creates a pipeline that repeats some thousand events of one pane in four partitions.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _pipeline = MemorySource.FlightsPipeline(TimeProvider.System, writing: Writing);
        _derived = MemorySource.FlightsPipeline(TimeProvider.System, isSegmented: false, Writing, derived: Fields);
    }

    /// <summary>One event, in a batch.</summary>
    [Benchmark(OperationsPerInvoke = MemorySource.BatchSize)]
    public SourceSignal Step() => _pipeline.Step(TimeSpan.Zero);

    /// <summary>One event, of which each monitor derives a value.</summary>
    [Benchmark(OperationsPerInvoke = MemorySource.BatchSize)]
    public SourceSignal StepDerived() => _derived.Step(TimeSpan.Zero);
}
