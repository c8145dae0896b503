using System.Net;
using Baker.Cloud.Tests.Fleets;

namespace Baker.Cli.Tests.Environments;

/// <summary>A port before the moto server: an account of its own, answers to what moto cannot, and the names of all actions that were asked for.</summary>
internal sealed class MotoFront : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly HttpMessageInvoker _moto = new(new FillInHandler(new HttpClientHandler()));
    private readonly List<string> _actions = [];
    private readonly Uri _server;
    private readonly string _account;

    public MotoFront(Uri server, string account)
    {
        (_server, _account) = (server, account);
        Url = new Uri($"http://127.0.0.1:{Ports.Next()}/");
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>The actions since it was asked last.</summary>
    public List<string> Actions()
    {
        lock (_actions)
        {
            var all = _actions.ToList();
            _actions.Clear();
            return all;
        }
    }

    public void Dispose()
    {
        _listener.Close();
        _moto.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        Note(context.Request, System.Text.Encoding.UTF8.GetString(body.ToArray()));
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), new Uri(_server, context.Request.RawUrl));
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var name in context.Request.Headers.AllKeys.OfType<string>().Where(name => name is not ("Host" or "Content-Length" or "Connection" or "Expect")))
        {
            var value = context.Request.Headers[name];
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.Add("x-moto-account-id", _account);
        using var reply = await _moto.SendAsync(request, CancellationToken.None);
        context.Response.StatusCode = (int)reply.StatusCode;
        foreach (var header in reply.Headers.Concat(reply.Content.Headers).Where(header => header.Key is not ("Content-Length" or "Transfer-Encoding" or "Connection" or "Date" or "Server")))
        {
            context.Response.Headers[header.Key] = string.Join(", ", header.Value);
        }

        var answer = await reply.Content.ReadAsByteArrayAsync();
        if (reply.StatusCode == HttpStatusCode.InternalServerError)
        {
            await TestContext.Progress.WriteLineAsync($"moto: 500 for {request.RequestUri} {System.Text.Encoding.UTF8.GetString(body.ToArray())[..Math.Min(200, (int)body.Length)]}");
        }

        context.Response.ContentLength64 = answer.Length;
        await context.Response.OutputStream.WriteAsync(answer);
        context.Response.Close();
    }

    private void Note(HttpListenerRequest request, string body)
    {
        var action = request.Headers["X-Amz-Target"] is { Length: > 0 } target ? target.Split('.')[^1]
            : body.Split('&').FirstOrDefault(part => part.StartsWith("Action=", StringComparison.Ordinal))?[7..]
                ?? request.RawUrl!.Split('/')[^1];
        lock (_actions)
        {
            _actions.Add(action);
        }
    }
}
