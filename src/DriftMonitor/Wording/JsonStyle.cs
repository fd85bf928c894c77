using System.Text.Encodings.Web;
using System.Text.Json;

namespace DriftMonitor.Wording;

/// <summary>How JSON is written for people and into files: é is not escaped.</summary>
internal static class JsonStyle
{
    /// <summary>One key per line.</summary>
    public static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>All on one line.</summary>
    public static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
