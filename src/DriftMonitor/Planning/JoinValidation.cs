using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The rules of a monitor that joins the events of two topics.</summary>
/// <param name="report">Receives each broken rule: the key's path, and what is wrong with the remedy.</param>
internal sealed class JoinValidation(Action<string, string> report)
{
    /// <summary>Reports every rule that a monitor's join breaks.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="path">The monitor's path.</param>
    public void Validate(MonitorOptions monitor, string path)
    {
        if (monitor.JoinBy is null)
        {
            if (monitor.JoinWithin is not null)
            {
                report($"{path}:JoinWithin", "belongs to JoinBy, and there is none: write JoinBy, or remove it");
            }

            return;
        }

        if (monitor.Fields is null)
        {
            report($"{path}:JoinBy", "joins the events of two topics, and there are no Fields: write two, such as sent:value and "
                + "received:value, or remove it");
        }

        if (monitor.Topic.Length > 0)
        {
            report($"{path}:Topic", "is given, and with JoinBy each of Fields names its own topic: remove it");
        }

        if (monitor.Joined is var (first, second) && first.Topic == second.Topic && first.Field != second.Field)
        {
            report($"{path}:Fields", $"are both of the topic {Phrases.Quote(first.Topic)}, so that an event has both: name two topics, or "
                + "write this one in Topic, and remove JoinBy");
        }

        if (monitor.SegmentBy.Count > 0)
        {
            report($"{path}:SegmentBy", "is given, and two events that are joined have no segment in common: remove it");
        }

        if (monitor.Unpack is not null)
        {
            report($"{path}:Unpack", "is given, and all events of a record have its one key, by which they would be joined: remove it");
        }

        ValidateWithin(monitor, $"{path}:JoinWithin");
    }

    /// <summary>What is wrong with one of the fields, with the remedy; null for a valid one.</summary>
    /// <param name="text">The field.</param>
    /// <param name="isFromTopic">Whether events come from a topic.</param>
    public static string? GetFieldError(string text, bool isFromTopic) =>
        TopicField.Parse(text) is not { } parsed
            ? $"is {Phrases.Quote(text)}, and with JoinBy a field is written topic:path: write its topic first, such as sent:{text}"
        : parsed.Topic.Length == 0 ? $"is {Phrases.Quote(text)}, without a topic: write topic:path, such as sent:value"
        : parsed.Field.Length == 0 ? $"is {Phrases.Quote(text)}, without a path: write topic:path, such as {parsed.Topic}:value"
        : NameRules.GetTopicError(parsed.Topic) ?? NameRules.GetPlainFieldError(parsed.Field, isFromTopic);

    private void ValidateWithin(MonitorOptions monitor, string path)
    {
        if (monitor.JoinWithin is not { } within || monitor.Pane is not { Span.Ticks: > 0 } pane)
        {
            return;
        }

        var longest = monitor.Windows.OrderByDescending(window => window.Span).FirstOrDefault();
        if (within.Span < pane.Span || within.Span.Ticks % pane.Span.Ticks != 0)
        {
            var nearest = Math.Max(1, (within.Span.Ticks + pane.Span.Ticks / 2) / pane.Span.Ticks);
            report(path, $"is {within}, which is not a whole number of panes of {pane}: write {new Duration(pane.Span * nearest)}");
        }
        else if (within.Span > longest.Span && longest.Span > TimeSpan.Zero)
        {
            report(path, $"is {within}, which is longer than the longest window: write at most {longest}");
        }
    }
}
