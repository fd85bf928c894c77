using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Proposals;

/// <summary>Proposes monitors for the fields of a topic, from events that were read from it.</summary>
internal sealed class ProposalBuilder
{
    /// <summary>The name of the configuration file.</summary>
    public const string ConfigurationName = "driftmonitor.json";

    /// <summary>The name of the Prometheus file.</summary>
    public const string PrometheusName = "prometheus.yml";

    /// <summary>The promise that is proposed: as in all examples of the documentation.</summary>
    public static readonly Duration FalseAlarmEvery = new(TimeSpan.FromDays(30));

    private const int RecordsForFields = 20_000;
    private const int EventsForFacts = 50_000;
    private const string CheckpointFolder = "state";
    private const int FewEvents = 1000;
    private const int LongestFileName = 60; // characters, without the ending

    private readonly SampleRead _read;
    private readonly string _topic;
    private readonly bool _isFromFiles;
    private readonly DriftMonitorOptions _options;
    private readonly List<string> _notes = [];

    /// <summary>Prepares a proposal.</summary>
    /// <param name="read">What was read.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="isFromFiles">Whether files stood in for it.</param>
    /// <param name="options">The cluster and the port; they get the monitors.</param>
    public ProposalBuilder(SampleRead read, string topic, bool isFromFiles, DriftMonitorOptions options) =>
        (_read, _topic, _isFromFiles, _options) = (read, topic, isFromFiles, options);

    private HeldEvents Events => _read.Events;

    /// <summary>Makes the proposal; its references are still to be built.</summary>
    /// <exception cref="SourceException">There is nothing to propose from; the message has the reason and the remedy.</exception>
    public Proposal Build()
    {
        var tree = new FieldTree();
        var places = Events.Spread(RecordsForFields).ToList();
        places.ForEach(place => tree.Add(Events[place]));
        var (fields, unpack) = (tree.Fields, tree.IsOfArrays ? FieldPath.ParseArray("[]") : null);
        if (fields.Count == 0)
        {
            throw NoFields(new EventTimes(Events, null, null, unpack));
        }

        var unsure = new List<FieldPath>();
        var candidates = EventTimeFinder.Find(Events, places, new RecordDecoder(fields, unpack), fields, unsure);
        var hasRecordTime = places.Exists(place => Events[place].RecordTime is not null);
        var chosen = EventTimeFinder.Choose(candidates, fields, hasRecordTime);
        var eventTime = chosen is null ? null : fields[chosen.Field];
        if (eventTime is null && !hasRecordTime)
        {
            throw NoTime(unsure);
        }

        var times = new EventTimes(Events, eventTime, chosen?.Format, unpack);
        if (times.Count == 0)
        {
            throw new SourceException($"no event has a time: {DescribeRejections(times)}");
        }

        if (!_isFromFiles)
        {
            times.Narrow(_read.Skipped > 0, _read.CutAfter);
        }

        var resolution = chosen is { IsDateOnly: true } ? TimeSpan.FromDays(1) : TimeSpan.Zero;
        var windows = WindowChoice.For(times.CountInRange(), times.Last - times.First, resolution);
        var grid = new PaneGrid(windows.Pane.Span);
        var period = new Period(grid.Start(grid.PaneOf(times.First)), grid.End(grid.PaneOf(times.Last)));
        var lateness = RoundUp(times.FindLateness(), windows);
        AddNotes(times, unsure, eventTime, tree);

        var found = new Found(fields, unpack, eventTime, chosen?.Format, times, windows, lateness);
        var isTime = candidates.Select(one => fields[one.Field]).Concat(unsure).ToHashSet();
        List<ProposedField> proposed =
        [
            .. Decide(found, isTime),
            .. tree.RepeatedColumns.Select(column => new ProposedField(
                FieldPath.OfColumn(column), FieldDecision.LeaveOut("two columns have this name, so neither can be read"))),
        ];
        _options.Checkpoint.Directory ??= CheckpointFolder;
        _options.Monitors = [.. proposed.Select(one => one.Monitor).OfType<MonitorOptions>()];
        AddNotes(times, windows, period, _options.Monitors.Count);
        return new Proposal(_options, proposed, times, eventTime, chosen?.Format, unpack, period, windows) { Notes = _notes };
    }

    private IEnumerable<ProposedField> Decide(Found found, HashSet<FieldPath> isTime)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
        {
            Path.GetFileNameWithoutExtension(ConfigurationName), Path.GetFileNameWithoutExtension(PrometheusName), CheckpointFolder,
        };
        foreach (var (field, profile) in found.Fields.Zip(Profile(found)))
        {
            var facts = profile.Conclude(isTime.Contains(field));
            var decision = field.Equals(found.EventTime) ? FieldDecision.LeaveOut("it is the event time")
                : field.Text.Length > MonitorOptions.LongestLabel
                    ? FieldDecision.LeaveOut($"its path is longer than {MonitorOptions.LongestLabel} characters")
                : FieldRules.Decide(facts, found.Windows.Long.Span);
            yield return new ProposedField(field, decision)
            {
                Facts = facts,
                Monitor = decision.IsWatched ? MonitorOf(field, NameOf(field, names), decision, found, profile) : null,
            };
        }
    }

    private MonitorOptions MonitorOf(FieldPath field, string name, FieldDecision decision, Found found, FieldProfile profile)
    {
        var windows = found.Windows;
        var reference = new ReferenceOptions { File = $"{name}.json" };
        if (!windows.HasHistory)
        {
            reference.Kind = ReferenceKind.SoFar;
            reference.LearnOver = windows.LearnOver;
            reference.Categories = decision.HasNumbersAsCategories
                ? [.. profile.MostFrequent(FieldRules.MostCategories)]
                : null;
        }

        return new MonitorOptions
        {
            Name = name,
            Topic = _topic,
            Field = field.Text,
            EventTime = found.EventTime?.Text,
            EventTimeFormat = found.Format?.Text,
            Unpack = found.Unpack?.Text,
            AllowedLateness = found.Lateness,
            Windows = [windows.Short, windows.Long],
            Pane = windows.Pane,
            Reference = reference,
            Alert = new AlertOptions { FalseAlarmEvery = FalseAlarmEvery },
        };
    }

    // In order of event time, so that it shows which values rise or come in stretches.
    private FieldProfile[] Profile(Found found)
    {
        var (fields, unpack, eventTime, format, times) = (found.Fields, found.Unpack, found.EventTime, found.Format, found.Times);
        var profiles = fields.Select(field => new FieldProfile(field)).ToArray();
        var decoder = new RecordDecoder(fields, unpack);
        var timeField = eventTime is null ? -1 : fields.Index().First(field => field.Item.Equals(eventTime)).Index;
        var eventsARecord = Math.Max(1, times.Events / Math.Max(1, times.Records));
        var places = Events.Spread(Math.Max(1, (int)(EventsForFacts / eventsARecord))).Where(place => place < times.Records);
        var timed = places.Select(place => (Place: place, Time: TimeOf(place))).Where(one => one.Time is not null);
        foreach (var (place, _) in timed.OrderBy(one => one.Time))
        {
            var raw = Events[place];
            decoder.Decode(raw, out var elements);
            while (elements.MoveNext())
            {
                var time = timeField < 0 ? raw.RecordTime : decoder.Event.TimeOf(timeField, format, raw.Value);
                for (var field = 0; time is { IsInRange: true } && field < fields.Count; field++)
                {
                    profiles[field].Add(time.Value, decoder.Event, field, raw.Value);
                }
            }
        }

        return profiles;

        EventTime? TimeOf(int place)
        {
            var raw = Events[place];
            if (decoder.Decode(raw, out var elements) != Rejection.None || !elements.MoveNext())
            {
                return null;
            }

            var time = timeField < 0 ? raw.RecordTime : decoder.Event.TimeOf(timeField, format, raw.Value);
            return time >= times.First && time <= times.Last ? time : null;
        }
    }

    private void AddNotes(EventTimes times, List<FieldPath> unsure, FieldPath? eventTime, FieldTree tree)
    {
        if (eventTime is null)
        {
            _notes.Add("no field was found that is the time of the event: the records' own time is used (to change it, write EventTime)");
        }

        foreach (var field in unsure)
        {
            _notes.Add($"the dates in {Phrases.Quote(field.Text)} can be read with day and month in either order, so it was not taken for "
                + "the event time: if it is, write EventTime and EventTimeFormat");
        }

        if (_read.Skipped > 0 || _read.IsCut || times.Records < Events.Count)
        {
            var all = _read.Skipped > 0 ? $" of {_read.Skipped + times.Records}" : "";
            var which = _isFromFiles ? "the first" : "of the newest";
            _notes.Add($"{times.Records}{all} records were read, {which}; for references from more of them, use reference build");
        }

        if (times.Strays > 0)
        {
            _notes.Add($"{Phrases.Count(times.Strays, "event")} with a time far from all others, such as {times.Stray}, "
                + $"{(times.Strays == 1 ? "is" : "are")} not in the references");
        }

        if (tree.KeysLeftOut > 0)
        {
            _notes.Add($"the events have more than {FieldTree.MostFields} fields: the others were not looked at");
        }

        if (DescribeRejections(times) is { } losses)
        {
            _notes.Add(losses);
        }
    }

    // What the proposal rests on, where that is little.
    private void AddNotes(EventTimes times, WindowChoice windows, Period period, int monitors)
    {
        var events = times.CountInRange();
        if (events < FewEvents)
        {
            _notes.Add($"{Phrases.Count(events, "event")} is little to judge fields by: try again when there is more");
        }

        var (inLong, needed) = ((long)(events * (windows.Long.Span / period.Length)), new MonitorOptions().MinimumEvents);
        if (inLong < needed)
        {
            _notes.Add($"a window of {windows.Long} holds {Phrases.Count(inLong, "event")} on average, fewer than MinimumEvents "
                + $"({needed}): there will be few readings or none");
        }

        var learned = windows.HasHistory ? period.Length : windows.LearnOver.Span;
        if (FalseAlarmEvery.Span * monitors / learned is > MonitorPlan.MostReach and var reach)
        {
            _notes.Add($"one false alarm in {FalseAlarmEvery} over {monitors} monitors reaches {(long)reach} times as far as the "
                + $"{Phrases.Duration(learned.TotalSeconds)} that alarm limits are learned from, so they depend on the assumed shape of "
                + "the tail (check-config warns of it): remove monitors, or learn from a longer time");
        }
    }

    private string? DescribeRejections(EventTimes times) =>
        RejectionText.Describe(null, "event", times.Events, times.Rejected, times.FirstRejected, _topic);

    private SourceException NoFields(EventTimes times)
    {
        var where = _isFromFiles ? "files" : $"topic {_topic}";
        return new SourceException(
            times.Rejected[Rejection.NoEventTime] + times.Count == 0 && DescribeRejections(times) is { } losses
                ? $"{where}: no event can be read: {losses}"
                : $"{where}: the events have no fields: they must be JSON objects, or rows of CSV");
    }

    private static SourceException NoTime(List<FieldPath> unsure) => new(
        unsure.Count > 0
            ? $"the dates in {Phrases.Quote(unsure[0].Text)} can be read with day and month in either order, and no other field is a time: "
                + "write the configuration with EventTime and EventTimeFormat yourself"
            : $"no field is a time, and files have no times of their own: events need {EventTimeText.Forms}");

    // A whole number of panes, at most the long window.
    private static Duration RoundUp(TimeSpan lateness, WindowChoice windows)
    {
        var panes = (lateness.Ticks + windows.Pane.Span.Ticks - 1) / windows.Pane.Span.Ticks;
        var rounded = windows.Pane.Span * panes;
        return new Duration(rounded < windows.Long.Span ? rounded : windows.Long.Span);
    }

    private static string NameOf(FieldPath field, HashSet<string> taken)
    {
        var name = new StringBuilder();
        foreach (var character in field.Text)
        {
            var isPlain = char.IsAsciiLetterOrDigit(character) || character is '_' or '-';
            if (isPlain || name.Length > 0 && name[^1] != '-')
            {
                name.Append(isPlain ? character : '-');
            }
        }

        var trimmed = name.ToString().Trim('-');
        trimmed = trimmed.Length == 0 ? "field" : trimmed[..Math.Min(trimmed.Length, LongestFileName)];
        var unique = trimmed;
        for (var number = 2; !taken.Add(unique); number++)
        {
            unique = $"{trimmed}-{number}";
        }

        return unique;
    }

    /// <summary>What has been found before fields are judged.</summary>
    private sealed record Found(
        IReadOnlyList<FieldPath> Fields,
        FieldPath? Unpack,
        FieldPath? EventTime,
        EventTimeFormat? Format,
        EventTimes Times,
        WindowChoice Windows,
        Duration Lateness);
}
