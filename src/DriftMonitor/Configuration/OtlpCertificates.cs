using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DriftMonitor.Configuration;

/// <summary>Loads the certificates of an <see cref="OtlpSignal"/>.</summary>
internal static class OtlpCertificates
{
    /// <summary>Our own certificate with its key; null for none.</summary>
    public static X509Certificate2? ClientOf(OtlpSignal signal) => signal.ClientCertificate is { } certificate
        ? X509Certificate2.CreateFromPemFile(certificate, signal.ClientKey)
        : null;

    /// <summary>The certificates that the collector's must lead to; null for those of the system.</summary>
    public static X509Certificate2Collection? RootsOf(OtlpSignal signal)
    {
        if (signal.Certificate is not { } file)
        {
            return null;
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots.Count > 0 ? roots : throw new CryptographicException($"{file} has no certificate in it");
    }
}
