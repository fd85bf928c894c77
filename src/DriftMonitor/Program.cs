using System.CommandLine;
using DriftMonitor.Commands;

var root = new RootCommand("DriftMonitor tells, within minutes and at a stated rate of false alarms, that a field of a Kafka topic is no longer distributed as it was.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
    ReplayCommand.Create(),
    ReferenceCommand.Create(),
    CheckConfigCommand.Create(),
};
return await Verbs.InvokeAsync(root, args);
