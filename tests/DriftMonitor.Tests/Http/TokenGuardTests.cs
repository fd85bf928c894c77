using System.Net.Http.Headers;
using System.Text;
using DriftMonitor.Http;
using DriftMonitor.Tests.Service;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Http;

public sealed class TokenGuardTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _workshop.Dispose();

    [Theory] // X03
    [InlineData("", 401)]
    [InlineData("Bearer s3cret", 200)]
    [InlineData("bearer s3cret", 200)]
    [InlineData("Bearer s3cret2", 401)]
    [InlineData("Bearer s3cre", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("s3cret", 401)]
    [InlineData("Digest s3cret", 401)]
    [InlineData("Basic YW55Ym9keTpzM2NyZXQ=", 200)] // anybody:s3cret
    [InlineData("Basic YW55Ym9keTpvdGhlcg==", 401)]
    [InlineData("Basic s3cret", 401)]
    [InlineData("Basic %%%", 401)]
    public async Task Only_who_brings_the_token_is_answered(string authorization, int status) =>
        Assert.Equal(status, await AskAsync(Guard("s3cret\n"), "/metrics", authorization));

    [Theory]
    [InlineData("/", 401)]
    [InlineData("/api/monitors", 401)]
    [InlineData("/page.js", 401)]
    [InlineData("/healthzx", 401)]
    [InlineData("/healthz/ready", 200)]
    [InlineData("/healthz/live", 200)]
    [InlineData("/livez", 200)]
    [InlineData("/readyz", 200)]
    public async Task Only_probes_need_none(string path, int status) => Assert.Equal(status, await AskAsync(Guard("s3cret"), path, ""));

    [Fact]
    public async Task A_token_that_changes_is_known_within_seconds_and_a_file_that_is_gone_leaves_the_last_one()
    {
        var guard = Guard("old");
        _workshop.Write("token", "new");
        Assert.Equal(200, await AskAsync(guard, "/", "Bearer old"));

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(401, await AskAsync(guard, "/", "Bearer old"));
        Assert.Equal(200, await AskAsync(guard, "/", "Bearer new"));

        File.Delete(_workshop["token"]);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(200, await AskAsync(guard, "/", "Bearer new"));
        Assert.Equal(401, await AskAsync(guard, "/", "Bearer "));
    }

    [Fact] // X03
    public async Task The_service_gives_its_metrics_and_its_page_to_none_without_and_is_healthy_for_all()
    {
        var token = _workshop.Write("token", "s3cret");
        _workshop.Configure("127.0.0.1:1", _workshop.Numbers("numbers"));
        _workshop.Replace("config.json", "\"Port\":0", $"\"Port\":0,\"TokenFile\":\"{token}\"");
        using var service = _workshop.Start("run", "--config", "config.json");
        using var client = new HttpClient { BaseAddress = service.Url };

        using var refused = await client.GetAsync("/metrics");
        using var alive = await client.GetAsync("/healthz/live");
        Assert.Equal((401, 200), ((int)refused.StatusCode, (int)alive.StatusCode));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");
        Assert.Contains("driftmonitor_build_info", await client.GetStringAsync("/metrics"));
        Assert.Contains("<h1>DriftMonitor", await client.GetStringAsync("/"));
        Assert.DoesNotContain("s3cret", service.Errors);
    }

    private TokenGuard Guard(string token) => new(_workshop.Write("token", token), _clock);

    private static async Task<int> AskAsync(TokenGuard guard, string path, string authorization)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Headers.Authorization = authorization;
        using var body = new MemoryStream();
        context.Response.Body = body;
        await guard.AnswerAsync(context, _ => Task.CompletedTask);
        if (context.Response.StatusCode == 401)
        {
            Assert.StartsWith("Basic ", context.Response.Headers.WWWAuthenticate.ToString());
            Assert.Contains("a token is needed", Encoding.UTF8.GetString(body.ToArray()));
        }

        return context.Response.StatusCode;
    }
}
