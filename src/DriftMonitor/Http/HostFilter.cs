using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Wording;
using Microsoft.Extensions.Primitives;

namespace DriftMonitor.Http;

/// <summary>Answers only requests whose Host header names this service.</summary>
/// <remarks>
/// A page from elsewhere whose name is made to resolve to our address (DNS rebinding) has that name in the Host header of its requests, so
/// IP addresses are safe. They are always accepted, because probes and Prometheus ask by the pod's address, which nobody can configure.
/// That is why this is not ASP.NET Core's middleware, which knows no such rule; the names are matched by its code.
/// </remarks>
internal static class HostFilter
{
    /// <summary>Refuses requests for other hosts with 400.</summary>
    /// <param name="app">The application; what it uses afterwards is filtered.</param>
    /// <param name="allowed">Names, with <c>*.</c> for every name below a domain; none for every name.</param>
    public static void UseHostFilter(this IApplicationBuilder app, IReadOnlyList<string> allowed)
    {
        if (allowed.Count > 0 && !allowed.Contains("*"))
        {
            StringSegment[] names = [.. allowed];
            app.Use(next => context => IsAccepted(context.Request.Host.Host, names) ? next(context) : RefuseAsync(context));
        }
    }

    // HTTP/1.0 has no Host header, and browsers don't speak it.
    private static bool IsAccepted(string host, StringSegment[] names)
    {
        var name = host.EndsWith('.') ? host[..^1] : host;
        return name.Length == 0
            || name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || HttpRules.ParseAddress(name) is not null
            || HostString.MatchesAny(name, names);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        var host = OneLine.Sentence(Phrases.Quote(context.Request.Host.Host));
        return DriftMonitorEndpoints.SendAsync(
            context,
            StatusCodes.Status400BadRequest,
            "text/plain; charset=utf-8",
            Encoding.UTF8.GetBytes($"the host {host} is not in DriftMonitor:Http:AllowedHosts: add it there, or ask by IP address\n"));
    }
}
