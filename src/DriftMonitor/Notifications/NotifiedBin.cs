namespace DriftMonitor.Notifications;

/// <summary>A bin that moved.</summary>
/// <param name="Bin">Its label.</param>
/// <param name="ReferenceShare">Its share of the reference, from 0 to 1.</param>
/// <param name="Share">Its share of the window, from 0 to 1.</param>
/// <param name="MovedNats">How far it moved, in nats: at least 0, and over all bins the divergence.</param>
internal sealed record NotifiedBin(string Bin, double ReferenceShare, double Share, double MovedNats);
