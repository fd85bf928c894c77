using System.CommandLine;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>check-config</c>: every fault of a configuration at once, or what it amounts to.</summary>
internal static class CheckConfigCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = Verbs.NamesAFile(new Option<string?>("--config", "-c") { Description = "The configuration file.", HelpName = "FILE" });
        var output = Verbs.Output();
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of a configuration file instead." };
        var command = new Verb("check-config", "Tell every fault of a configuration at once; without one, print what is in force, secrets masked.",
            "driftmonitor check-config --config flights.json",
            "driftmonitor check-config --schema > drift-monitor.schema.json")
        { config, output, schema };
        command.Validators.Add(result =>
        {
            if (result.GetResult(schema) is null && result.GetResult(config) is null)
            {
                result.AddError("Option '--config' is required.");
            }
        });
        command.SetAction(result => Run(
            result.GetValue(schema) ? null : result.GetValue(config),
            result.GetValue(output) == OutputFormat.Json,
            ConfigurationFile.ProcessEnvironment,
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    /// <summary>Checks a file; prints the schema where there is none.</summary>
    /// <returns>The exit code: 0, or 2 for a configuration that cannot run.</returns>
    public static int Run(string? path, bool isJson, IEnumerable<KeyValuePair<string, string?>> environment, TextWriter output, TextWriter error)
    {
        if (path is null)
        {
            output.Write(OptionsSchema.Text);
            return ExitCode.Good;
        }

        var plan = MonitorPlan.Load(path, environment, Needs.All);
        foreach (var fault in plan.Faults)
        {
            error.WriteLine(OneLine.Sentence(fault.ToString()));
        }

        foreach (var warning in plan.Warnings)
        {
            error.WriteLine(OneLine.Sentence($"warning: {warning}"));
        }

        var isGood = plan.Faults.Count == 0;
        if (isJson)
        {
            var json = new JsonObject { ["valid"] = isGood, ["faults"] = ToJson(plan.Faults), ["warnings"] = ToJson(plan.Warnings) };
            if (isGood)
            {
                json["config"] = EffectiveOptions.ToJson(plan.Options);
            }

            output.WriteLine(json.ToJsonString(JsonStyle.Indented));
        }
        else if (isGood)
        {
            output.WriteLine($"{path} is good. Monitors: {plan.Monitors.Count}. In force, defaults included:");
            output.WriteLine(EffectiveOptions.ToJson(plan.Options).ToJsonString(JsonStyle.Indented));
        }

        return isGood ? ExitCode.Good : ExitCode.Usage;
    }

    private static JsonArray ToJson(IReadOnlyList<Fault> faults) =>
        [.. faults.Select(fault => (JsonNode)new JsonObject { ["path"] = fault.Path, ["message"] = fault.Message })];
}
