using System.Text.Json;

namespace DriftMonitor.Core.Tests;

/// <summary>Golden figures, computed to 50 digits and rounded to doubles: see Vectors/README.md.</summary>
internal static class Golden
{
    public static IEnumerable<JsonElement> Cases(string file) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", file))).RootElement.EnumerateArray();

    /// <summary>The cases of a file in the folder <c>vectors</c> of DRIFTMONITOR_SHARED.</summary>
    public static IEnumerable<JsonElement> SharedCases(string file) =>
        JsonDocument.Parse(File.ReadAllText(SharedPath(file)!)).RootElement.EnumerateArray();

    /// <summary>The place of such a file; null where DRIFTMONITOR_SHARED is not set.</summary>
    public static string? SharedPath(string file) =>
        Environment.GetEnvironmentVariable("DRIFTMONITOR_SHARED") is { Length: > 0 } shared
            ? Path.Combine(shared, "vectors", file)
            : null;

    public static double[] Doubles(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    public static long[] Longs(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt64())];

    public static double Expected(this JsonElement element, string name)
    {
        var value = element.GetProperty("expected").GetProperty(name);
        return value.ValueKind == JsonValueKind.String && value.GetString() == "inf" ? double.PositiveInfinity : value.GetDouble();
    }

    /// <summary>Equal to relative 1e-12 or absolute 1e-15, whichever is wider.</summary>
    public static void Equal(double expected, double actual, string what)
    {
        if (!expected.Equals(actual) && !(Math.Abs(actual - expected) <= Math.Max(1e-15, 1e-12 * Math.Abs(expected))))
        {
            Assert.Fail($"{what}: expected {expected:R}, got {actual:R}");
        }
    }
}
