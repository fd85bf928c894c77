using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace DriftMonitor.Configuration;

/// <summary>The keys of <c>DriftMonitor:Http</c>.</summary>
internal sealed class HttpOptions
{
    [Description("TCP port; 0 picks a free port.")]
    [Range(0, 65_535)]
    public int Port { get; set; } = 9464;

    [Description(
        "IP address to listen on. Without this key, or with [::], all interfaces; 0.0.0.0 is all of IPv4. Example: 127.0.0.1.")]
    public string? Address { get; set; }

    [Description(
        "Host names that requests may have in their Host header; requests with others get 400. IP addresses and localhost are always "
        + "accepted. *.example.com accepts every name below example.com. Without this key, every name is accepted. "
        + "Example: [\"drift.example.com\"].")]
    public List<string> AllowedHosts { get; set; } = [];

    [Description(
        "File with a token that requests must bring, those of /healthz excepted: as Authorization: Bearer TOKEN, or as the password of any "
        + "user, for browsers. An absolute path; it is read again when it changes. Without this key, none is needed. "
        + "Example: /run/secrets/driftmonitor/token.")]
    public string? TokenFile { get; set; }
}
