using DriftMonitor.Core.Binning;
using DriftMonitor.Planning;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Commands;

/// <summary>Builds the references of a proposal, in the same way as <c>reference build --min-expected 5</c>.</summary>
/// <param name="events">The events that were read.</param>
/// <param name="proposal">The proposal.</param>
internal sealed class InitReferences(HeldEvents events, Proposal proposal)
{
    private const double MostUnseen = 0.5; // share of the values, if rare ones are pooled

    /// <summary>The proposal with its references; fields for which none can be made are left out.</summary>
    public Proposal Build()
    {
        var plan = MonitorPlan.Make(proposal.Options, ".", Needs.Topics, []);
        if (plan.Faults.Count > 0)
        {
            throw new InvalidOperationException($"the proposed configuration is wrong: {plan.Faults[0]}");
        }

        var monitors = plan.Monitors.ToDictionary(monitor => monitor.Spec.Name);
        var fields = proposal.Fields.ToArray();
        Parallel.For(
            0,
            fields.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, // each keeps the values of its field
            i => fields[i] = fields[i].Monitor is { } monitor ? Build(fields[i], monitors[monitor.Name]) : fields[i]);
        proposal.Options.Monitors = [.. fields.Select(field => field.Monitor).OfType<Configuration.MonitorOptions>()];
        return proposal with { Fields = fields };
    }

    private ProposedField Build(ProposedField field, PlannedMonitor monitor)
    {
        try
        {
            var (file, builder) = Build(field, monitor, BinsChoice.FewestExpected);
            if (file.Reference.Binning is CategoricalBinning { Unseen: var unseen }
                && file.Reference.Counts[unseen] > MostUnseen * file.Reference.Events)
            {
                // Many values of which none is frequent: the long window still holds enough of each.
                (file, builder) = Build(field, monitor, minExpected: 0);
            }

            if (file.Reference.OccupiedBins == 1)
            {
                return field.LeaveOut("all of its values are in one bin");
            }

            var report = new BuildReport("", monitor.Topic, monitor.Spec, file, builder, isPoolingChosen: true);
            return field with { Reference = file, Remarks = report.RemarksOnReference };
        }
        catch (ReferenceException e)
        {
            return field.LeaveOut(e.Message);
        }
    }

    private (ReferenceFile File, ReferenceBuilder Builder) Build(ProposedField field, PlannedMonitor monitor, int minExpected)
    {
        var builder = new ReferenceBuilder(monitor.Recipe with
        {
            Period = proposal.Period,
            Bins = field.Decision.Bins! with { MinExpected = minExpected },
        });
        for (var place = 0; place < proposal.Times.Records; place++)
        {
            builder.Add(events[place]);
        }

        return (builder.Build(), builder);
    }
}
