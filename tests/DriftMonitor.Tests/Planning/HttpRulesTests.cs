using DriftMonitor.Configuration;

namespace DriftMonitor.Tests.Planning;

public sealed class HttpRulesTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("[::]", "::")]
    [InlineData("fe80::1%2", "fe80::1%2")]
    [InlineData("2001:DB8:0::1", "2001:db8::1")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    public void An_address_is_IPv4_with_four_numbers_or_IPv6_with_or_without_brackets(string text, string address) =>
        Assert.Equal(address, $"{HttpRules.ParseAddress(text)}");

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("127.0.0.1:9464")]
    [InlineData("[127.0.0.1]")]
    [InlineData(" 127.0.0.1")]
    [InlineData("[::1]:9464")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("10.0.0.0/8")]
    public void Names_ports_and_short_forms_are_no_addresses(string text) => Assert.NotNull(HttpRules.GetAddressError(text));

    [Theory]
    [InlineData("drift", true)]
    [InlineData("drift_monitor.example.com", true)]
    [InlineData("*.example.com", true)]
    [InlineData("*", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("[::1]", true)]
    [InlineData("", false)]
    [InlineData("drift:9464", false)]
    [InlineData("http://drift", false)]
    [InlineData("drift/metrics", false)]
    [InlineData("*example.com", false)]
    [InlineData("a.*.example.com", false)]
    [InlineData("a..b", false)]
    [InlineData("drift.", false)]
    [InlineData("bücher.example", false)]
    [InlineData("a b", false)]
    public void An_allowed_host_is_a_name_or_a_domain_without_scheme_port_and_path(string host, bool isValid) =>
        Assert.Equal(isValid, HttpRules.GetHostError(host) is null);
}
