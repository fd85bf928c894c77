namespace DriftMonitor.Wording;

/// <summary>Finds the name that a misspelt one probably means.</summary>
internal static class NearestName
{
    /// <summary>
    /// The name nearest to what was written, case-insensitive; null where none is near: more than a third of its letters differ.
    /// </summary>
    public static string? Of(string written, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(written.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(name => name.Distance * 3 <= Math.Max(name.Name.Length, 3))
            .OrderBy(name => name.Distance)
            .Select(name => name.Name)
            .FirstOrDefault();

    /// <summary>The optimal string alignment distance: letters inserted, deleted, changed, or swapped with their neighbour.</summary>
    public static int Distance(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distance[i, j] = i + j;
                    continue;
                }

                var changed = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distance[i, j] = Math.Min(changed, 1 + Math.Min(distance[i - 1, j], distance[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
                }
            }
        }

        return distance[a.Length, b.Length];
    }
}
