using System.Reflection;
using Confluent.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A consumer whose members with some names throw, and whose others do nothing.</summary>
public class ThrowingConsumer : DispatchProxy
{
    private Dictionary<string, Exception> _failures = [];

    /// <summary>The names of the members that were called, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Creates a consumer.</summary>
    /// <param name="failures">What each member throws, by its name.</param>
    public static (IConsumer<Ignore, int> Consumer, ThrowingConsumer Spy) Create(Dictionary<string, Exception> failures)
    {
        var consumer = Create<IConsumer<Ignore, int>, ThrowingConsumer>();
        var spy = (ThrowingConsumer)(object)consumer;
        spy._failures = failures;
        return (consumer, spy);
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Calls.Add(targetMethod!.Name);
        return _failures.TryGetValue(targetMethod.Name, out var failure) ? throw failure : null;
    }
}
