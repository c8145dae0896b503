using System.Text.Json;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Notifications;

/// <summary>How often a message is tried again at an HTTP endpoint, and after how many seconds ("Message delivery retries", SNS).</summary>
internal sealed record DeliveryPolicy(int Retries, int Wait)
{
    private const int MostRetries = 100;
    private const int LongestWait = 3600;

    private static readonly DeliveryPolicy s_usual = new(Retries: 3, Wait: 20);

    /// <param name="own">The subscription's policy.</param>
    /// <param name="topics">The topic's policy, which counts where the subscription has none.</param>
    public static DeliveryPolicy Of(string? own, string? topics) => Read(own, "healthyRetryPolicy")
        ?? Read(topics, "http", "defaultHealthyRetryPolicy")
        ?? s_usual;

    /// <exception cref="CloudException">It is no policy.</exception>
    public static void Check(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw TopicTables.Invalid("DeliveryPolicy", "failed to parse JSON");
        }
    }

    private static DeliveryPolicy? Read(string? text, params ReadOnlySpan<string> path)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        using var json = JsonDocument.Parse(text);
        var at = json.RootElement;
        foreach (var step in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
            {
                return null;
            }
        }

        return at.ValueKind != JsonValueKind.Object ? null : new(
            Number(at, "numRetries", s_usual.Retries, MostRetries),
            Number(at, "minDelayTarget", s_usual.Wait, LongestWait));
    }

    private static int Number(JsonElement policy, string name, int otherwise, int most) =>
        policy.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? Math.Clamp(number, 0, most)
            : otherwise;
}
