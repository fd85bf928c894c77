using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A certificate authority of a test, and a certificate for 127.0.0.1 that it has signed, as PEM files.</summary>
internal static class Certificates
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset To = From.AddDays(10);

    /// <summary>Writes an authority's certificate.</summary>
    /// <returns>Its key, with the certificate.</returns>
    public static X509Certificate2 WriteAuthority(string file)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=authority of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var authority = request.CreateSelfSigned(From, To);
        File.WriteAllText(file, authority.ExportCertificatePem());
        return authority;
    }

    /// <summary>Writes the private key and the certificate of a server at 127.0.0.1.</summary>
    public static void WriteServer(string file, X509Certificate2 authority)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, From, To, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(
            file, key.ExportPkcs8PrivateKeyPem() + "\n" + signed.ExportCertificatePem() + "\n" + authority.ExportCertificatePem() + "\n");
    }
}
