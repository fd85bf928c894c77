using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// Situations that people reported about tools of this kind, with inputs and right answers in DRIFTMONITOR_SHARED;
/// <c>tests/independent/cases.py</c> lists which of them are right.
/// </summary>
[Collection(RealKafkaTests.Name)]
public sealed class CasesTests(RealKafka kafka)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    [FactRequires(Tool.Python, Tool.Cases)]
    public void Every_case_on_files_has_its_right_answer() => Ask();

    [FactRequires(Tool.Python, Tool.Cases, Tool.Kcat, Tool.Kafka)]
    public async Task Values_with_the_frame_of_a_schema_registry_are_read_from_a_topic()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);

        Assert.Contains("ok   framed", Ask("--bootstrap", kafka.BootstrapServers, "--topic", topic, "framed"));
    }

    private static string Ask(params string[] arguments)
    {
        var script = Path.Combine(Repository.Root, "tests", "independent", "cases.py");
        using var process = DriftMonitorProcess.StartAt(
            Machine.Find(Tool.Python), Repository.Root, [script, "--driftmonitor", DriftMonitorProcess.Executable, .. arguments]);
        return process.End(within: Deadline).Succeeded();
    }
}
