using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Notifications;

/// <summary>A receiver of webhooks that answers as a test says, and keeps what it was sent.</summary>
internal sealed class HttpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = new();

    private HttpReceiver(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/hook");

    /// <summary>What it was sent, in order.</summary>
    public ConcurrentQueue<(IReadOnlyDictionary<string, string> Headers, string Body)> Requests { get; } = new();

    /// <summary>The answer to requests for which there is no other.</summary>
    public Func<HttpContext, Task> Otherwise { get; set; } = context => Answer(context, 204);

    /// <summary>Starts a receiver that takes everything.</summary>
    public static async Task<HttpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new HttpReceiver(app);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The next requests get these answers.</summary>
    public void Then(params ReadOnlySpan<Func<HttpContext, Task>> answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }
    }

    /// <summary>A status with headers.</summary>
    public static Func<HttpContext, Task> Status(int code, string? retryAfter = null, string? location = null) => context =>
    {
        context.Response.Headers.RetryAfter = retryAfter;
        context.Response.Headers.Location = location;
        return Answer(context, code);
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue((context.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
        await (_answers.TryDequeue(out var answer) ? answer : Otherwise)(context);
    }

    private static Task Answer(HttpContext context, int code)
    {
        context.Response.StatusCode = code;
        return Task.CompletedTask;
    }
}
