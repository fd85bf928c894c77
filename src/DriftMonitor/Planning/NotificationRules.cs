using System.Net;
using DriftMonitor.Configuration;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;
using Microsoft.Extensions.Primitives;

namespace DriftMonitor.Planning;

/// <summary>The rules for <c>Notifications</c>: which addresses may be called, and which files are needed.</summary>
internal static class NotificationRules
{
    /// <summary>Every rule that the options break, as the path of a key and the rest of a sentence that begins with it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="path">Their path.</param>
    /// <param name="monitored">The topics of the monitors.</param>
    public static IEnumerable<(string Path, string Error)> Check(NotificationOptions options, string path, IReadOnlySet<string> monitored)
    {
        if (options.PageUrl is { } page && ParseUrl(page) is null)
        {
            yield return ($"{path}:PageUrl", "is no address: write one such as https://drift.example.com/");
        }

        foreach (var (index, host) in options.AllowedHosts.Index())
        {
            if (HttpRules.GetHostError(host) is { } error)
            {
                yield return (FormattableString.Invariant($"{path}:AllowedHosts:{index}"), error);
            }
        }

        foreach (var (index, webhook) in options.Webhooks.Index())
        {
            var at = FormattableString.Invariant($"{path}:Webhooks:{index}");
            if (webhook.Url is null == webhook.UrlFile is null)
            {
                yield return (at, "needs Url or UrlFile, and not both");
                continue;
            }

            if (webhook.SecretFile is { } secret && CheckFile(secret) is { } unreadable)
            {
                yield return ($"{at}:SecretFile", unreadable);
            }

            if (webhook.UrlFile is { } file && CheckFile(file) is { } missing)
            {
                yield return ($"{at}:UrlFile", missing);
            }
            else if (GetUrlError(UrlOf(webhook), options.AllowedHosts) is { } wrong)
            {
                yield return (webhook.Url is null ? $"{at}:UrlFile" : $"{at}:Url", wrong);
            }
        }

        if (options.Kafka.Topic is { } topic && !IsTopic(topic))
        {
            yield return ($"{path}:Kafka:Topic", "is no name of a topic: use letters, digits, '.', '_' and '-', at most 249");
        }
        else if (options.Kafka.Topic is { } own && (monitored.Contains(own) || monitored.Any(topic => MatchesPattern(topic, own))))
        {
            yield return ($"{path}:Kafka:Topic", $"is {own}, which a monitor reads: use a topic that nothing else is written to");
        }

        foreach (var (index, manager) in options.Alertmanagers.Index())
        {
            if (manager.Url.Length > 0 && ParseUrl(manager.Url) is null)
            {
                yield return (
                    FormattableString.Invariant($"{path}:Alertmanagers:{index}:Url"),
                    "is no address of an Alertmanager: write one such as http://alertmanager:9093, without user and password");
            }

            foreach (var name in manager.Labels.Keys.Where(name => !IsLabel(name)))
            {
                yield return (
                    FormattableString.Invariant($"{path}:Alertmanagers:{index}:Labels:{name}"),
                    "is no name of a label: use letters, digits and _, not a digit first; alertname, monitor and segment are taken");
            }
        }
    }

    /// <summary>The address of a webhook that has passed the check.</summary>
    public static string UrlOf(WebhookOptions webhook) =>
        webhook.Url ?? (PropertyFiles.TryRead(webhook.UrlFile!, out var value) is null ? value.Trim() : "");

    /// <summary>An address by http or https without user and password; null for anything else.</summary>
    public static Uri? ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
            && url.Host.Length > 0
            ? url
            : null;

    /// <summary>Whether a host is among those allowed, of which there is one at least.</summary>
    public static bool IsAllowed(string host, IReadOnlyList<string> allowed) =>
        allowed.Contains("*") || HostString.MatchesAny(host, [.. allowed.Select(name => new StringSegment(name))]);

    private static string? GetUrlError(string text, List<string> allowed)
    {
        if (ParseUrl(text) is not { } url)
        {
            return "is no address: write one such as https://hooks.example.com/drift, without user and password";
        }

        if (allowed.Count > 0)
        {
            return IsAllowed(url.Host, allowed) ? null : $"is at {url.Host}, which is not in AllowedHosts: add it there";
        }

        return url.Scheme == "http"
            ? $"is not https: use https, or add {url.Host} to AllowedHosts"
            : IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && !PublicAddresses.Contains(address)
                ? $"is at a private address: add {url.Host} to AllowedHosts if that is meant"
                : null;
    }

    /// <summary>What is wrong with the file of a secret; null for a good one.</summary>
    public static string? CheckFile(string file) => !Path.IsPathFullyQualified(file)
        ? "is not an absolute path: write the path of a file whose content is the value, such as /run/secrets/drift/token"
        : PropertyFiles.TryRead(file, out _);

    private static bool MatchesPattern(string monitored, string topic) =>
        TopicPattern.IsPattern(monitored) && TopicPattern.GetError(monitored) is null && new TopicPattern(monitored).Matches(topic);

    private static bool IsTopic(string name) => name.Length is > 0 and <= 249 && name is not ("." or "..")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static bool IsLabel(string name) =>
        name is not ("alertname" or "monitor" or "segment") && name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
