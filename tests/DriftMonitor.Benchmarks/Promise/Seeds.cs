namespace DriftMonitor.Benchmarks.Promise;

/// <summary>Derives a seed from a name, so that what is drawn does not depend on what else is drawn, and in which order.</summary>
internal static class Seeds
{
    /// <summary>Returns the FNV-1a hash of a unique name.</summary>
    public static int Of(string name)
    {
        var hash = 2166136261u;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)(hash & int.MaxValue);
    }
}
