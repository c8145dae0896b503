using System.Text.Json;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Serving;

/// <summary>What a local cloud holds and has done, for <c>local:status</c>, tests and benches.</summary>
/// <param name="NotExecuted">Why instances do not run for real; null where they do.</param>
/// <param name="Limits">What an instance may take of this machine, in words; null where nothing runs.</param>
/// <param name="Resources">How many of each kind there are; instances by state, terminated ones last.</param>
/// <param name="Calls">By service and action, such as <c>ec2:RunInstances</c>, since the state was made.</param>
public sealed record LocalCloudStatus(
    string StateFolder,
    string? NotExecuted,
    string? Limits,
    IReadOnlyDictionary<string, int> Resources,
    IReadOnlyDictionary<string, CallCount> Calls)
{
    /// <summary>How the lock was used that all calls take, where the cloud is served.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LockUse? Lock { get; init; }

    /// <summary>Where nothing listens behind endpoints, by ARN, each with the reason; null where there is no such.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Silent { get; init; }

    /// <summary>As <c>GET /_baker/status</c> answers it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StatusJson.Default.LocalCloudStatus) + "\n";

    /// <exception cref="JsonException">The text is not a status.</exception>
    public static LocalCloudStatus FromJson(string text) =>
        JsonSerializer.Deserialize(text, StatusJson.Default.LocalCloudStatus) ?? throw new JsonException("no status");
}
