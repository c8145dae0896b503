namespace Baker.Cloud.Tests.Fleets;

/// <summary>
/// Between a run and the cloud: once armed, it lets a number of changes through, loses the reply to the last of them, and
/// then nothing gets through any more, not even the release of the lock. To the cloud that is a SIGKILL.
/// </summary>
internal sealed class CutHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string[] s_reads = ["Describe", "Get", "List"];
    private readonly CancellationTokenSource _dead = new();
    private int _left = int.MaxValue;

    public CancellationToken Dead => _dead.Token;

    public void Arm(int changes)
    {
        Interlocked.Exchange(ref _left, changes);
        if (changes == 0)
        {
            _dead.Cancel();
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _dead.Token.ThrowIfCancellationRequested();
        var isChange = Volatile.Read(ref _left) != int.MaxValue && !IsRead(request, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        var response = await base.SendAsync(request, cancellationToken);
        if (isChange && Interlocked.Decrement(ref _left) <= 0)
        {
            await _dead.CancelAsync();
        }

        _dead.Token.ThrowIfCancellationRequested();
        return response;
    }

    private static bool IsRead(HttpRequestMessage request, string body)
    {
        var target = request.Headers.TryGetValues("X-Amz-Target", out var values) ? values.First().Split('.')[^1] : body.Split("Action=")[^1];
        return Array.Exists(s_reads, verb => target.StartsWith(verb, StringComparison.Ordinal));
    }
}
