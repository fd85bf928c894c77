using System.Runtime.InteropServices;
using DriftMonitor.Core.Time;

namespace DriftMonitor.History;

/// <summary>The samples of a day (UTC), in the orders in which they are written.</summary>
/// <param name="date">The day.</param>
/// <param name="spool">Holds samples for which there is no room in memory.</param>
internal sealed class HistoryDay(DateOnly date, SampleSpool spool)
{
    private readonly Dictionary<HistorySeries, Course> _courses = new(ReferenceEqualityComparer.Instance);
    private int _spools; // how often samples were moved to the spool

    /// <summary>The day.</summary>
    public DateOnly Date { get; } = date;

    /// <summary>How many samples it has.</summary>
    public long Samples { get; private set; }

    /// <summary>How many of them are in memory.</summary>
    public long InMemory { get; private set; }

    /// <summary>The day of a moment.</summary>
    public static DateOnly Of(EventTime time) => DateOnly.FromDateTime(time.ToDateTimeOffset().UtcDateTime);

    /// <summary>Adds a sample; one whose series has a sample of that time is dropped.</summary>
    /// <param name="series">Its series.</param>
    /// <param name="time">Its time, not before that of the sample of the series before.</param>
    /// <param name="value">The value.</param>
    public void Add(HistorySeries series, EventTime time, double value)
    {
        if (!_courses.TryGetValue(series, out var course))
        {
            _courses[series] = course = new Course();
        }

        // Two segments have the same label if they differ in what no label can hold, such as NUL.
        if (course.Last >= time.Milliseconds)
        {
            return;
        }

        course.Last = time.Milliseconds;
        course.InMemory.Add(new HistorySample(time.Milliseconds, value));
        Samples++;
        InMemory++;
    }

    /// <summary>The series with their samples, by metric and by labels.</summary>
    public IEnumerable<(HistorySeries Series, IReadOnlyList<HistorySample> Samples)> InOrder() =>
        Courses().Select(course => (course.Key, (IReadOnlyList<HistorySample>)Read(course.Value)));

    /// <summary>The samples by time, then by metric and by labels; where they did not all fit into memory, part by part.</summary>
    public IEnumerable<(HistorySeries Series, HistorySample Sample)> ByTime()
    {
        var courses = Courses().ToList();
        for (var part = 0; part <= _spools; part++)
        {
            var within = courses.SelectMany(
                course => PartOf(course.Value, part), (course, sample) => (Series: course.Key, Sample: sample));
            foreach (var pair in within.OrderBy(pair => pair.Sample.Milliseconds))
            {
                yield return pair;
            }
        }
    }

    /// <summary>Moves the samples from memory to the spool.</summary>
    public void Spool()
    {
        foreach (var course in _courses.Values.Where(course => course.InMemory.Count > 0))
        {
            var offset = spool.Write(CollectionsMarshal.AsSpan(course.InMemory));
            course.Spooled.Add((_spools, offset, course.InMemory.Count));
            course.InMemory = [];
        }

        _spools++;
        InMemory = 0;
    }

    /// <summary>The day has been written.</summary>
    public void Release() => spool.Release(Samples - InMemory);

    private IEnumerable<KeyValuePair<HistorySeries, Course>> Courses() =>
        _courses.OrderBy(course => course.Key.Family.Name, StringComparer.Ordinal).ThenBy(course => course.Key.Labels);

    private List<HistorySample> Read(Course course) => course.Spooled.Count == 0
        ? course.InMemory
        : [.. course.Spooled.SelectMany(Read), .. course.InMemory];

    private IEnumerable<HistorySample> PartOf(Course course, int part) => part == _spools
        ? course.InMemory
        : course.Spooled.Where(spooled => spooled.Part == part).SelectMany(Read);

    private HistorySample[] Read((int Part, long Offset, int Count) spooled)
    {
        var samples = new HistorySample[spooled.Count];
        spool.Read(spooled.Offset, samples);
        return samples;
    }

    /// <summary>The samples of a series.</summary>
    private sealed class Course
    {
        public List<(int Part, long Offset, int Count)> Spooled { get; } = [];

        public List<HistorySample> InMemory { get; set; } = [];

        public long Last { get; set; } = long.MinValue;
    }
}
