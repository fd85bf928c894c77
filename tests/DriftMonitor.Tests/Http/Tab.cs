using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace DriftMonitor.Tests.Http;

/// <summary>A page in a browser, with what it asked for and what was written to the console.</summary>
public sealed class Tab : IAsyncDisposable
{
    private static readonly float Patience = 30_000; // milliseconds, on a busy machine
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _console = [];
    private readonly ConcurrentQueue<string> _requests = [];

    internal Tab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(Patience);
        page.Console += (_, message) => _console.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => _console.Enqueue($"error: {error}");
        page.Request += (_, request) => _requests.Enqueue(request.Url);
    }

    public IPage Page { get; }

    /// <summary>What scripts and the browser wrote, including errors and violations of the content security policy.</summary>
    public IReadOnlyCollection<string> Console => _console;

    /// <summary>The addresses that were asked for, in their order.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>The markup of the document as it is now.</summary>
    public Task<string> DocumentAsync() => Page.ContentAsync();

    /// <summary>The content of <c>main</c> as it is now.</summary>
    public Task<string> MainAsync() => Page.Locator("main").InnerHTMLAsync();

    /// <summary>Waits until an element appears that contains a text.</summary>
    public Task WaitForAsync(string selector, string text) =>
        Page.Locator(selector, new PageLocatorOptions { HasText = text }).First.WaitForAsync();

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
