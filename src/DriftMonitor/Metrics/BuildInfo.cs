using System.Reflection;

namespace DriftMonitor.Metrics;

/// <summary>The version and revision of the program.</summary>
/// <param name="Version">The version, such as <c>0.1.0</c>.</param>
/// <param name="Revision">The commit that it was built from; <c>unknown</c> where there is none.</param>
internal sealed record BuildInfo(string Version, string Revision)
{
    /// <summary>The product's name.</summary>
    public const string Product = "DriftMonitor";

    /// <summary>Those of this assembly.</summary>
    public static BuildInfo Current { get; } =
        Parse(typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0");

    /// <summary>Parses <c>0.1.0+c82bf81</c>.</summary>
    public static BuildInfo Parse(string informational)
    {
        var plus = informational.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? new BuildInfo(informational, "unknown") : new BuildInfo(informational[..plus], informational[(plus + 1)..]);
    }
}
