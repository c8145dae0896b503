using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>A request on its way to a target: what its answer takes along, and how long the target took to begin one.</summary>
internal sealed class RelayedRequest(StickyCookies cookies, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>Null where no target has answered.</summary>
    public TimeSpan? Taken { get; private set; }

    public static RelayedRequest? Of(HttpContext context) =>
        context.Items.TryGetValue(typeof(RelayedRequest), out var found) ? (RelayedRequest?)found : null;

    public void PutIn(HttpContext context) => context.Items[typeof(RelayedRequest)] = this;

    public void Answered(HttpResponse response)
    {
        Taken = time.GetElapsedTime(_began);
        cookies.Set(response);
    }
}
