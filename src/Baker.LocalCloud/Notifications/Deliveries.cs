using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Notifications;

/// <summary>
/// Takes messages to their endpoints, one after the other for each, and tries again what fails for the endpoint's reasons. What a
/// process does not get rid of the next one does.
/// </summary>
internal sealed class Deliveries : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private static readonly MediaTypeHeaderValue s_type = new("text/plain", "UTF-8");
    private const string Agent = "Amazon Simple Notification Service Agent";

    private readonly CloudContext _cloud;
    private readonly TopicTables _tables;
    private readonly Mailbox _mailbox;
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = s_patience,
    };

    public Deliveries(CloudContext cloud, TopicTables tables)
    {
        (_cloud, _tables) = (cloud, tables);
        _mailbox = new Mailbox(cloud.Options.StateFolder);
    }

    /// <summary>Sets out with what is due.</summary>
    public void Run(DateTimeOffset now)
    {
        if (_tables.Deliveries.Count == 0)
        {
            return;
        }

        var waiting = new HashSet<string>(StringComparer.Ordinal);
        foreach (var delivery in _tables.Deliveries.All.ToList())
        {
            // What comes later to the same endpoint waits for what was before it.
            if (waiting.Add(delivery.SubscriptionArn) && delivery.DueAt <= now && _busy.Add(delivery.SubscriptionArn))
            {
                _cloud.Background.Run("notify " + delivery.SubscriptionArn, stop => DeliverAsync(delivery, stop));
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DeliverAsync(DeliveryRecord delivery, CancellationToken stop)
    {
        string? failure;
        try
        {
            failure = delivery.Protocol is "email" or "email-json"
                ? _mailbox.Add(delivery, _cloud.Now)
                : await PostAsync(delivery, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            failure = error.Message;
        }

        _cloud.Report(() => Settle(delivery, failure, stop.IsCancellationRequested));
    }

    private void Settle(DeliveryRecord delivery, string? failure, bool isStopping)
    {
        _busy.Remove(delivery.SubscriptionArn);
        if (_tables.Deliveries.Find(delivery.Id) is not { } current || isStopping)
        {
            return;
        }

        if (failure is null || current.Attempts >= current.Retries || failure.StartsWith("refused", StringComparison.Ordinal))
        {
            _tables.Deliveries.Remove(current.Id);
            if (failure is not null)
            {
                _cloud.Failures.Add(
                    $"notification {current.MessageId} of {current.TopicArn} to {current.Endpoint}, "
                        + $"given up after {current.Attempts + 1} attempts",
                    new HttpRequestException(failure));
            }

            return;
        }

        _tables.Deliveries.Put(current with
        {
            Attempts = current.Attempts + 1,
            DueAt = _cloud.After(_cloud.Now, TimeSpan.FromSeconds(current.Wait)),
        });
    }

    /// <returns>What was wrong; null where the endpoint took it. What begins with <c>refused</c> is not to be tried again.</returns>
    private async Task<string?> PostAsync(DeliveryRecord delivery, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Endpoint);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(delivery.Body));
        request.Content.Headers.ContentType = s_type;
        request.Headers.TryAddWithoutValidation("User-Agent", Agent);
        request.Headers.TryAddWithoutValidation("x-amz-sns-message-type", delivery.Kind);
        request.Headers.TryAddWithoutValidation("x-amz-sns-message-id", delivery.MessageId);
        request.Headers.TryAddWithoutValidation("x-amz-sns-topic-arn", delivery.TopicArn);
        if (delivery.Kind == "Notification")
        {
            request.Headers.TryAddWithoutValidation("x-amz-sns-subscription-arn", delivery.SubscriptionArn);
        }

        if (delivery.IsRaw)
        {
            request.Headers.TryAddWithoutValidation("x-amz-sns-rawdelivery", "true");
        }

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? null
            : (int)answer.StatusCode is >= 400 and < 500 and not (int)HttpStatusCode.TooManyRequests
                ? $"refused with {(int)answer.StatusCode}"
            : $"answered with {(int)answer.StatusCode}";
    }
}
