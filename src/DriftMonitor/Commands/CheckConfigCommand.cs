using System.CommandLine;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>check-config</c>: reports all errors in a configuration, or prints the effective configuration.</summary>
internal static class CheckConfigCommand
{
    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        // Required only without --schema, so not SharedOptions.Config.
        var config = new Option<string?>("--config", "-c")
        {
            Description = "The configuration file. Required unless --schema is given.",
            HelpName = "FILE",
        };
        OptionChecks.RejectEmptyPath(config);
        var output = SharedOptions.Output();
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of the configuration file instead." };
        var command = new Verb(
            "check-config",
            "Report all errors in a configuration at once; if there are none, print the effective configuration with secrets masked.",
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

    /// <summary>Checks a configuration file, or prints the schema.</summary>
    /// <param name="path">The configuration file; null to print the schema.</param>
    /// <param name="isJson">Whether to write JSON instead of text.</param>
    /// <param name="environment">Environment variables, which override the file.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>The exit code: 0, or 2 if the configuration cannot run.</returns>
    public static int Run(
        string? path,
        bool isJson,
        IEnumerable<KeyValuePair<string, string?>> environment,
        TextWriter output,
        TextWriter error)
    {
        if (path is null)
        {
            output.Write(OptionsSchema.Text);
            return ExitCode.Good;
        }

        var plan = MonitorPlan.Load(path, environment, Needs.Service);
        foreach (var fault in plan.Faults)
        {
            error.WriteLine(OneLine.Sentence(fault.ToString()));
        }

        foreach (var warning in plan.Warnings)
        {
            error.WriteLine(OneLine.Sentence($"warning: {warning}"));
        }

        var isValid = plan.Faults.Count == 0;
        if (isJson)
        {
            var json = new JsonObject { ["valid"] = isValid, ["faults"] = ToJson(plan.Faults), ["warnings"] = ToJson(plan.Warnings) };
            if (isValid)
            {
                json["config"] = EffectiveOptions.ToJson(plan.Options);
            }

            output.WriteLine(json.ToJsonString(JsonStyle.Indented));
        }
        else if (isValid)
        {
            output.WriteLine($"{path} is valid. Monitors: {plan.Monitors.Count}. Effective configuration, including defaults:");
            output.WriteLine(EffectiveOptions.ToJson(plan.Options).ToJsonString(JsonStyle.Indented));
        }

        return isValid ? ExitCode.Good : ExitCode.Usage;
    }

    private static JsonArray ToJson(IReadOnlyList<Fault> faults) =>
        [.. faults.Select(fault => (JsonNode)new JsonObject { ["path"] = fault.Path, ["message"] = fault.Message })];
}
