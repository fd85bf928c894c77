using System.Net;
using System.Net.Sockets;

namespace DriftMonitor.Tests.Service;

/// <summary>TCP ports of this machine.</summary>
internal static class Ports
{
    /// <summary>A port on which nothing listens.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.Port();
    }

    /// <summary>Listens on a free port, for IPv4 and IPv6, until it is disposed of.</summary>
    public static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        return listener;
    }

    /// <summary>The port of a listener that was started.</summary>
    public static int Port(this TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
