using Amazon.SimpleNotificationService.Model;

namespace Baker.Cloud.Fleets;

/// <summary>Messages to SNS topics, which may be in another Region than what they are about.</summary>
public sealed class TopicMessages(CloudSession cloud)
{
    /// <summary>SNS's limit.</summary>
    private const int LongestSubject = 100;

    /// <param name="id">The same message is sent once to a topic that keeps an order.</param>
    public async Task SendAsync(string topic, string subject, string message, string id, CancellationToken stop)
    {
        var region = cloud.Region(topic.Split(':')[3]);
        var keepsOrder = topic.EndsWith(".fifo", StringComparison.Ordinal);
        await region.Pacer.SendAsync(
            region.Clients.SNS.PublishAsync,
            new PublishRequest
            {
                TopicArn = topic,
                Subject = subject.Length > LongestSubject ? subject[..LongestSubject] : subject,
                Message = message,
                MessageGroupId = keepsOrder ? "baker" : null,
                MessageDeduplicationId = keepsOrder ? id : null,
            },
            stop).ConfigureAwait(false);
    }
}
