namespace Baker.Cloud.Tests.Fleets;

/// <summary>Keeps what is asked of the cloud, in its order.</summary>
internal sealed class CallsSeen(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly List<(string Action, string Body)> _all = [];

    public IReadOnlyList<(string Action, string Body)> All
    {
        get
        {
            lock (_all)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Where the first such call stands; a call that never came stands nowhere, which fails.</summary>
    public int First(string action, string containing = "") => At(All.ToList().FindIndex(call => IsOne(call, action, containing)), action);

    public int Last(string action, string containing = "") => At(All.ToList().FindLastIndex(call => IsOne(call, action, containing)), action);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var action = request.Headers.TryGetValues("X-Amz-Target", out var values)
            ? values.First().Split('.')[^1]
            : body.Split("Action=")[^1].Split('&')[0];
        lock (_all)
        {
            _all.Add((action, body));
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private static bool IsOne((string Action, string Body) call, string action, string containing) =>
        call.Action == action && call.Body.Contains(containing, StringComparison.Ordinal);

    private static int At(int index, string action)
    {
        Assert.That(index, Is.GreaterThanOrEqualTo(0), $"{action} was never called");
        return index;
    }
}
