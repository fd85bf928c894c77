using System.Text.Json;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>A reading's figures in JSON, with the same keys in the lines of a replay and in the API.</summary>
internal static class ReadingJson
{
    /// <summary>Writes the figures, or the reason why there are none, into the current object.</summary>
    public static void WriteFigures(Utf8JsonWriter json, Reading reading)
    {
        if (reading.Measurement is { } measurement)
        {
            json.WriteNumber("kl_nats", measurement.KlNats);
            json.WriteNumber("kl_reverse_nats", measurement.ReverseKlNats);
            json.WriteNumber("noise_nats", measurement.NoiseNats);
            json.WriteNumber("excess_nats", measurement.ExcessNats);
            json.WriteNumber("z", measurement.Z);
            if (measurement.ShownReturnPeriodSeconds is { } period)
            {
                json.WriteNumber("return_period_s", period);
            }

            if (measurement.Regime is { } regime)
            {
                json.WriteString("regime", regime);
            }

            foreach (var further in measurement.Further)
            {
                json.WriteNumber(MeasureNames.Of(further.Measure).Key, further.Value);
            }
        }
        else
        {
            json.WriteString("unavailable", UnavailableNames.Of(reading.Unavailable));
        }
    }
}
