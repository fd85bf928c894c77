using System.Net;
using System.Net.Sockets;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>Reads the address to listen on and checks the names of hosts.</summary>
internal static class HttpRules
{
    private const int LongestName = 253; // DNS
    private const int LongestLabel = 63;

    /// <summary>
    /// An IP address as it is written in a configuration or in a Host header: IPv4 with four numbers, or IPv6 with or without brackets.
    /// Null for anything else.
    /// </summary>
    public static IPAddress? ParseAddress(string text)
    {
        // .NET also reads forms that people do not mean: it drops a port after brackets, and takes 127.1, 0x7f000001 and 017.0.0.1.
        var bare = text is ['[', .. var inner, ']'] && inner.Contains(':', StringComparison.Ordinal) ? inner : text;
        if (bare.Contains(']', StringComparison.Ordinal) || !IPAddress.TryParse(bare, out var address))
        {
            return null;
        }

        return address.AddressFamily == AddressFamily.InterNetwork ? (address.ToString() == text ? address : null)
            : address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : address;
    }

    /// <summary>What is wrong with an address to listen on, with the remedy; null for a valid one, and where there is none.</summary>
    public static string? GetAddressError(string? address) =>
        address is null || ParseAddress(address) is not null
            ? null
            : $"is {Phrases.Quote(address)}: write an IP address such as 127.0.0.1, ::1 or 0.0.0.0, or remove the key to listen on all "
                + "interfaces";

    /// <summary>What is wrong with an allowed host, with the remedy; null for a valid one.</summary>
    public static string? GetHostError(string host)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        var isName = name.Length is > 0 and <= LongestName && name.Split('.').All(label =>
            label.Length is > 0 and <= LongestLabel && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return isName || host == "*" || ParseAddress(host) is not null
            ? null
            : $"is {Phrases.Quote(host)}: write a host name without scheme, port and path, such as drift.example.com or *.example.com";
    }
}
