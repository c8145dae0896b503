using System.Collections.Concurrent;

namespace Baker.Cli.Tests.Fleets;

/// <summary>Between the program and its cloud: the names of the calls that go through.</summary>
internal sealed class Watch(HttpMessageHandler cloud, ConcurrentBag<string> calls) : DelegatingHandler(cloud)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "";
        calls.Add(request.Headers.TryGetValues("X-Amz-Target", out var target)
            ? target.First().Split('.')[^1]
            : body.Split("Action=")[^1].Split('&')[0]);
        return await base.SendAsync(request, cancellationToken);
    }
}
