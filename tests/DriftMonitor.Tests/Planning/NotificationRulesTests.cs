using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Planning;

public sealed class NotificationRulesTests : IDisposable
{
    private const string NoAddress =
        "Url is no address: write one such as https://hooks.example.com/drift, without user and password";

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("https://hooks.example.com/a/b?c", "", null)]
    [InlineData("https://8.8.8.8/", "", null)]
    [InlineData("http://hooks.example.com/", "", "Url is not https: use https, or add hooks.example.com to AllowedHosts")]
    [InlineData("http://hooks.svc/", "hooks.svc", null)]
    [InlineData("http://10.0.0.7:8080/", "10.0.0.7", null)]
    [InlineData("https://a.b.example.com/", "*.example.com", null)]
    [InlineData("https://169.254.169.254/latest", "", "Url is at a private address: add 169.254.169.254 to AllowedHosts if that is meant")]
    [InlineData("https://[::1]/", "", "Url is at a private address: add [::1] to AllowedHosts if that is meant")]
    [InlineData("https://evil.example.org/", "*.example.com", "Url is at evil.example.org, which is not in AllowedHosts: add it there")]
    [InlineData("hooks.example.com", "", NoAddress)]
    [InlineData("ftp://hooks.example.com/", "", NoAddress)]
    [InlineData("https://me:pw@hooks.example.com/", "", NoAddress)]
    public void A_webhook_goes_where_it_may(string url, string allowed, string? error) => Assert.Equal(
        error is null ? [] : [$"N:Webhooks:0:{error}"],
        Faults(new NotificationOptions
        {
            AllowedHosts = allowed.Length == 0 ? [] : [allowed],
            Webhooks = [new WebhookOptions { Url = url }],
        }));

    [Fact]
    public void An_address_may_be_in_a_file_and_is_held_to_the_same_rules()
    {
        var good = _workshop.Write("good", "https://hooks.example.com/secret\n");
        var bad = _workshop.Write("bad", "http://localhost/secret\n");

        Assert.Empty(Faults(new NotificationOptions { Webhooks = [new WebhookOptions { UrlFile = good, SecretFile = good }] }));
        Assert.Equal(
            [
                "N:Webhooks:0:UrlFile is not https: use https, or add localhost to AllowedHosts",
                "N:Webhooks:1 needs Url or UrlFile, and not both",
                "N:Webhooks:2 needs Url or UrlFile, and not both",
                "N:Webhooks:3:SecretFile names a file that does not exist: write the path of the file that has the value",
                "N:Webhooks:4:UrlFile is not an absolute path: write the path of a file whose content is the value, "
                    + "such as /run/secrets/drift/token",
            ],
            Faults(new NotificationOptions
            {
                Webhooks =
                [
                    new WebhookOptions { UrlFile = bad },
                    new WebhookOptions(),
                    new WebhookOptions { Url = "https://hooks.example.com/", UrlFile = good },
                    new WebhookOptions { Url = "https://hooks.example.com/", SecretFile = _workshop["missing"] },
                    new WebhookOptions { UrlFile = "good" },
                ],
            }));
    }

    [Fact]
    public void An_Alertmanager_may_be_anywhere_and_its_labels_have_names_of_Prometheus() => Assert.Equal(
        [
            "N:Alertmanagers:1:Url is no address of an Alertmanager: write one such as http://alertmanager:9093, without user and password",
            "N:Alertmanagers:2:Labels:monitor is no name of a label: use letters, digits and _, not a digit first; "
                + "alertname, monitor and segment are taken",
            "N:Alertmanagers:2:Labels:te-am is no name of a label: use letters, digits and _, not a digit first; "
                + "alertname, monitor and segment are taken",
            "N:PageUrl is no address: write one such as https://drift.example.com/",
        ],
        Faults(new NotificationOptions
        {
            PageUrl = "drift",
            Alertmanagers =
            [
                new AlertmanagerOptions { Url = "http://10.0.0.7:9093" },
                new AlertmanagerOptions { Url = "alertmanager:9093" },
                new AlertmanagerOptions { Url = "http://a", Labels = new() { ["monitor"] = "x", ["te-am"] = "y", ["team"] = "z" } },
            ],
        }).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("drift-alerts", null)]
    [InlineData("drift alerts", "is no name of a topic: use letters, digits, '.', '_' and '-', at most 249")]
    [InlineData("orders", "is orders, which a monitor reads: use a topic that nothing else is written to")]
    public void Notifications_go_to_a_topic_of_their_own(string topic, string? error) => Assert.Equal(
        error is null ? [] : [$"N:Kafka:Topic {error}"],
        Faults(new NotificationOptions { Kafka = new KafkaNotificationOptions { Topic = topic } }));

    [Fact]
    public void The_path_of_a_webhook_is_not_shown()
    {
        var json = EffectiveOptions.ToJson(new DriftMonitorOptions
        {
            Notifications = new NotificationOptions
            {
                Webhooks = [new WebhookOptions { Url = "https://hooks.slack.com/services/T0/B0/xyz" }],
            },
        }).ToJsonString();

        Assert.Contains("https://hooks.slack.com/***", json);
        Assert.DoesNotContain("xyz", json);
    }

    private static IEnumerable<string> Faults(NotificationOptions options) =>
        NotificationRules.Check(options, "N", new HashSet<string> { "orders" })
        .Select(fault => $"{fault.Path} {fault.Error}");
}
