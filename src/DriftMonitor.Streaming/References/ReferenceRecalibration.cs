using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Streaming.References;

/// <summary>Puts other calibrations into a reference file; all else in it stays.</summary>
public static class ReferenceRecalibration
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file anew, atomically.</summary>
    /// <param name="path">The file, which has been read before.</param>
    /// <param name="calibrations">
    /// The calibrations of segments, or of the whole where there is none, each by the length of the window as written in the file.
    /// </param>
    /// <param name="period">The period of the readings that they are made from.</param>
    /// <exception cref="ReferenceException">The file cannot be read or written.</exception>
    public static void Save(
        string path, IEnumerable<(string? Segment, IReadOnlyDictionary<string, WindowCalibration> Windows)> calibrations, Period period)
    {
        try
        {
            var file = JsonNode.Parse(SmallFile.Read(path).Span, documentOptions: JsonText.Lenient)!.AsObject();
            foreach (var (segment, windows) in calibrations)
            {
                var reference = segment is null ? file : file["segments"]![segment]!.AsObject();
                var known = reference["calibration"]?.AsObject() ?? (JsonObject)(reference["calibration"] = new JsonObject());
                foreach (var (window, calibration) in windows)
                {
                    known[window] = CalibrationJson.Write(calibration);
                }
            }

            (file["calibrated_from"], file["calibrated_to"]) = (period.From.ToString(), period.To.ToString());
            AtomicFile.Write(path, file.ToJsonString(Indented) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ReferenceException($"{path} cannot be read again: {e.Message}", e);
        }
    }
}
