using System.Net;
using Baker.Cli.Serving;

namespace Baker.Cli.Tests.Consoles;

/// <summary>The page of <c>console</c> over a state that a test makes up.</summary>
internal sealed class ServedPage : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private volatile string _state;
    private Task _running = Task.CompletedTask;
    private int _looks;

    private ServedPage(string state, TimeSpan pause)
    {
        _state = state;
        Feed = new ConsoleFeed(
            _ =>
            {
                Interlocked.Increment(ref _looks);
                return Task.FromResult(_state);
            },
            pause,
            TimeProvider.System);
    }

    public ConsoleFeed Feed { get; }

    /// <summary>Where the logs lie that it shows.</summary>
    public string LogFolder { get; } = Directory.CreateTempSubdirectory("baker-console-").FullName;

    public ConsoleLogs Logs => new(LogFolder, new HashSet<string>(["web"], StringComparer.Ordinal), TimeProvider.System);

    public ConsoleServer Server { get; private set; } = null!;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public int Looks => Volatile.Read(ref _looks);

    public (string Name, string Value) Cookie => ("Cookie", $"baker-console-{Server.Address.Port}={Server.Link.Query.Split('=')[1]}");

    /// <param name="pause">Between two looks; without one there is a single look.</param>
    public static async Task<ServedPage> StartAsync(string state, TimeSpan? pause = null)
    {
        var page = new ServedPage(state, pause ?? TimeSpan.FromDays(1));
        page.Server = await ConsoleServer.StartAsync(page.Feed, page.Logs, 0, page._stop.Token);
        page._running = page.Feed.RunAsync(_ => null, page._stop.Token);
        return page;
    }

    public void Show(string state) => _state = state;

    public async Task<HttpStatusCode> StatusAsync(Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    /// <summary>The first state that the stream tells a new viewer.</summary>
    public async Task<string?> FirstStateAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server.Address, "/events"));
        request.Headers.Add(Cookie.Name, Cookie.Value);
        using var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line == "event: state")
            {
                return await reader.ReadLineAsync();
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Server.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client.Dispose();
        _stop.Dispose();
        Directory.Delete(LogFolder, recursive: true);
    }
}
