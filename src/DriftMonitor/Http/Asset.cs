namespace DriftMonitor.Http;

/// <summary>The files that the page consists of, from the assembly.</summary>
internal static class Asset
{
    /// <summary>Reads one of them.</summary>
    public static byte[] Read(string name)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the assembly holds no {name}");
        var body = new byte[stream.Length];
        stream.ReadExactly(body);
        return body;
    }
}
