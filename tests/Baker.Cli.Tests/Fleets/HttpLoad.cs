using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Baker.Cli.Tests.Fleets;

/// <summary>
/// Keeps connections busy, one request after the other on each, and notes every request that did not get a whole 200. It
/// uses sockets, because an HTTP client sends a request again where a kept connection was closed under it.
/// </summary>
internal sealed class HttpLoad : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private readonly Uri _url;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly ConcurrentQueue<string> _turns = new();
    private readonly Task _working;
    private readonly string? _notice;
    private int _noticed;
    private (DateTimeOffset First, DateTimeOffset Last)? _losing;

    /// <param name="notice">A page with which a 503 is no loss.</param>
    public HttpLoad(Uri url, int connections, string? notice = null)
    {
        (_url, _notice) = (url, notice);
        _working = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>How many requests were answered well.</summary>
    public int Total => _answers.Values.Sum();

    /// <summary>How many requests got the notice.</summary>
    public int Noticed => Volatile.Read(ref _noticed);

    /// <summary>The good answers one after the other, each where it was another than the one before.</summary>
    public IReadOnlyCollection<string> Turns => _turns;

    /// <summary>What was answered, once each.</summary>
    public IEnumerable<string> Bodies => _answers.Keys;

    /// <summary>The requests that got no good answer, and why.</summary>
    public IReadOnlyCollection<string> Lost => _lost;

    /// <summary>How long it was from the first loss to the last.</summary>
    public TimeSpan LosingFor => _losing is { } losing ? losing.Last - losing.First : TimeSpan.Zero;

    /// <summary>Forgets the losses that there were until now.</summary>
    public void Forgive()
    {
        _losing = null;
        _lost.Clear();
    }

    /// <summary>Waits until a while has passed in which there was no other answer than this one.</summary>
    public async Task OnlyAsync(string body)
    {
        int Others() => Total - _answers.GetValueOrDefault(body);
        await Wait.UntilAsync(
            async () =>
            {
                var (others, same) = (Others(), _answers.GetValueOrDefault(body));
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
                return Others() == others && _answers.GetValueOrDefault(body) > same;
            },
            () => $"only '{body}' in {string.Join(", ", _answers)}");
    }

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _working;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task WorkAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var connection = new TcpClient { NoDelay = true };
                await connection.ConnectAsync(_url.Host, _url.Port);
                while (!_end.IsCancellationRequested && await AskAsync(connection.GetStream()).WaitAsync(s_patience))
                {
                    await Task.Delay(s_pause, TimeProvider.System);
                }
            }
            catch (Exception error) when (error is SocketException or IOException or TimeoutException or FormatException)
            {
                Lose(error.Message);
                await Task.Delay(s_pause, TimeProvider.System);
            }
        }
    }

    /// <summary>One request; true where the connection may be used for another.</summary>
    private async Task<bool> AskAsync(NetworkStream stream)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {_url.PathAndQuery} HTTP/1.1\r\nHost: {_url.Authority}\r\n\r\n"));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                throw new IOException($"the connection was closed after '{text}'");
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            if (text.ToString().Split("\r\n\r\n", 2) is [var head, var body] && body.Length >= LengthIn(head))
            {
                return Judge(head, body);
            }
        }
    }

    private bool Judge(string head, string body)
    {
        if (head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || head.StartsWith("HTTP/1.0 200 ", StringComparison.Ordinal))
        {
            _answers.AddOrUpdate(body.Trim(), 1, (_, number) => number + 1);
            lock (_turns)
            {
                if (_turns.LastOrDefault() != body.Trim())
                {
                    _turns.Enqueue(body.Trim());
                }
            }
        }
        else if (head.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal) && body == _notice)
        {
            Interlocked.Increment(ref _noticed);
        }
        else
        {
            Lose(head.Split("\r\n")[0]);
        }

        return !head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
    }

    private void Lose(string why)
    {
        var now = TimeProvider.System.GetUtcNow();
        lock (_lost)
        {
            _losing = (_losing?.First ?? now, now);
        }

        _lost.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{now:HH:mm:ss.fff} {why}"));
    }

    private static int LengthIn(string head)
    {
        var line = Array.Find(head.Split("\r\n"), each => each.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"no length in '{head}'");
        return int.Parse(line.Split(':')[1], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
