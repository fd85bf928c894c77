using System.Text.Json;
using DriftMonitor.Core.Divergences;
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

            if (measurement.Mean is { } mean)
            {
                json.WriteNumber("mean", mean);
            }

            WriteWords(json, "", measurement.CrossEntropyNats, measurement.Perplexity);
            WriteWords(json, "reference_", measurement.ReferenceCrossEntropyNats, measurement.ReferencePerplexity);
            WritePair(json, "", measurement.Pair);
            WritePair(json, "reference_", measurement.ReferencePair);
        }
        else
        {
            json.WriteString("unavailable", UnavailableNames.Of(reading.Unavailable));
        }
    }

    private static void WriteWords(Utf8JsonWriter json, string prefix, double? crossEntropy, double? perplexity)
    {
        if (crossEntropy is not null && perplexity is not null)
        {
            json.WriteNumber($"{prefix}cross_entropy_nats", crossEntropy.Value);
            json.WriteNumber($"{prefix}perplexity", perplexity.Value);
        }
    }

    private static void WritePair(Utf8JsonWriter json, string prefix, PairInformation? pair)
    {
        if (pair is null)
        {
            return;
        }

        json.WriteNumber($"{prefix}mutual_information_nats", pair.MutualInformationNats);
        json.WriteNumber($"{prefix}mutual_information_corrected_nats", pair.CorrectedMutualInformationNats);
        json.WriteNumber($"{prefix}conditional_entropy_nats", pair.ConditionalEntropyNats);
        json.WriteStartObject($"{prefix}entropy_nats");
        json.WriteNumber("first", pair.FirstEntropyNats);
        json.WriteNumber("second", pair.SecondEntropyNats);
        json.WriteNumber("joint", pair.JointEntropyNats);
        json.WriteEndObject();
    }
}
