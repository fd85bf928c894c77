using DriftMonitor.Tests.Kafka;
using Microsoft.Playwright;

namespace DriftMonitor.Tests.Http;

/// <summary>The Chromium of the machine, without a window. It is started with the first tab.</summary>
public sealed class Browser : IAsyncLifetime
{
    private readonly Lazy<Task<IPlaywright>> _playwright = new(Playwright.CreateAsync);
    private readonly Lazy<Task<IBrowser>> _browser;

    public Browser() => _browser = new(async () => await (await _playwright.Value).Chromium.LaunchAsync(
        new BrowserTypeLaunchOptions
        {
            ExecutablePath = Machine.Find(Tool.Chromium),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"],
        }));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_browser.IsValueCreated)
        {
            await (await _browser.Value).DisposeAsync();
        }

        if (_playwright.IsValueCreated)
        {
            (await _playwright.Value).Dispose();
        }
    }

    /// <summary>Opens an address in a tab with a profile of its own, and waits until it is loaded.</summary>
    public Task<Tab> OpenAsync(Uri address, int width = 1200, ColorScheme scheme = ColorScheme.Light) => OpenAsync(
        address, new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = 800 }, ColorScheme = scheme });

    /// <summary>As above, with other options.</summary>
    internal async Task<Tab> OpenAsync(Uri address, BrowserNewContextOptions options)
    {
        var context = await (await _browser.Value).NewContextAsync(options);
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(address.ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.Load });
        return tab;
    }
}
