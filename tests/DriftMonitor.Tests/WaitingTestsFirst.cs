using DriftMonitor.Tests.Kafka;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("DriftMonitor.Tests.WaitingTestsFirst", "DriftMonitor.Tests")]

namespace DriftMonitor.Tests;

/// <summary>
/// Starts the tests on a real Kafka first: they run one after another and mostly wait, so that others use the processors meanwhile.
/// </summary>
public sealed class WaitingTestsFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName == RealKafkaTests.Name ? 0 : 1);
}
