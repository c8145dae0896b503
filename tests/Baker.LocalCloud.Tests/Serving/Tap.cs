using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Baker.LocalCloud.Tests.Serving;

/// <summary>A port that has a page of its own below <c>/page</c> and hands everything else to another port, whose statuses it keeps.</summary>
internal sealed partial class Tap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<string> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<int> _statuses = [];
    private readonly List<Task> _clients = [];
    private readonly int _target;
    private readonly string _page;
    private readonly Task _accepting;

    /// <param name="target">Where what is not for the page goes.</param>
    /// <param name="page">The page, by the port that it is served on.</param>
    public Tap(int target, Func<int, string> page)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        (_target, _page) = (target, page(Port));
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>What the page sends to <c>/page/done</c>.</summary>
    public Task<string> Told => _told.Task;

    public IReadOnlyList<int> Statuses
    {
        get
        {
            lock (_statuses)
            {
                return [.. _statuses];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _clients.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var (head, rest) = await HeadAsync(stream);
                if (head.Split(' ').ElementAtOrDefault(1)?.StartsWith("/page", StringComparison.Ordinal) == true)
                {
                    await AnswerAsync(stream, head, rest);
                }
                else
                {
                    await RelayAsync(stream, [.. Encoding.Latin1.GetBytes(head), .. rest]);
                }
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // The browser has gone, or the cloud has closed.
            }
        }
    }

    private async Task<(string Head, byte[] Begun)> HeadAsync(NetworkStream stream)
    {
        var (bytes, read) = (new byte[64 * 1024], 0);
        while (true)
        {
            var piece = await stream.ReadAsync(bytes.AsMemory(read), _stop.Token);
            read += piece;
            if (bytes.AsSpan(0, read).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                return (Encoding.Latin1.GetString(bytes, 0, end + 4), bytes[(end + 4)..read]);
            }

            if (piece == 0)
            {
                throw new IOException("there is no request");
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream, string head, byte[] rest)
    {
        if (head.StartsWith("POST /page/done ", StringComparison.Ordinal))
        {
            var body = new byte[int.Parse(Length().Match(head).Groups[1].Value, CultureInfo.InvariantCulture)];
            rest.CopyTo(body, 0);
            await stream.ReadExactlyAsync(body.AsMemory(rest.Length), _stop.Token);
            _told.TrySetResult(Encoding.UTF8.GetString(body));
        }

        var page = Encoding.UTF8.GetBytes(_page);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {page.Length}\r\nConnection: close\r\n\r\n"), _stop.Token);
        await stream.WriteAsync(page, _stop.Token);
    }

    private async Task RelayAsync(NetworkStream stream, byte[] begun)
    {
        using var cloud = new TcpClient();
        await cloud.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
        var answers = cloud.GetStream();
        await answers.WriteAsync(begun, _stop.Token);
        var asking = stream.CopyToAsync(answers, _stop.Token);
        var bytes = new byte[64 * 1024];
        while (await answers.ReadAsync(bytes, _stop.Token) is > 0 and var read)
        {
            lock (_statuses)
            {
                _statuses.AddRange(Status().Matches(Encoding.Latin1.GetString(bytes, 0, read)).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
            }

            await stream.WriteAsync(bytes.AsMemory(0, read), _stop.Token);
        }

        stream.Socket.Shutdown(SocketShutdown.Both);
        await asking;
    }

    [GeneratedRegex("HTTP/1\\.1 ([0-9]{3}) ")]
    private static partial Regex Status();

    [GeneratedRegex("(?i)\r\ncontent-length: ([0-9]+)\r\n")]
    private static partial Regex Length();
}
