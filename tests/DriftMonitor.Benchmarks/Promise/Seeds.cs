namespace DriftMonitor.Benchmarks.Promise;

/// <summary>A seed for each thing that is drawn, so that it is the same whichever others are drawn, and in whatever order.</summary>
internal static class Seeds
{
    /// <summary>FNV-1a over what tells a thing from others.</summary>
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
