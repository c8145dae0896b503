using System.Text.Json.Serialization;

namespace Baker.LocalCloud.Metadata;

/// <summary>The credentials of an instance's role as its metadata service writes them.</summary>
internal sealed record RoleCredentials(
    string Code,
    string LastUpdated,
    string Type,
    string AccessKeyId,
    string SecretAccessKey,
    string Token,
    string Expiration);

/// <summary><c>iam/info</c>.</summary>
internal sealed record ProfileInfo(string Code, string LastUpdated, string InstanceProfileArn, string InstanceProfileId);

/// <summary>The instance identity document; nothing here signs it.</summary>
internal sealed record IdentityDocument(
    [property: JsonPropertyName("accountId")] string AccountId,
    [property: JsonPropertyName("architecture")] string Architecture,
    [property: JsonPropertyName("availabilityZone")] string AvailabilityZone,
    [property: JsonPropertyName("imageId")] string ImageId,
    [property: JsonPropertyName("instanceId")] string InstanceId,
    [property: JsonPropertyName("instanceType")] string InstanceType,
    [property: JsonPropertyName("pendingTime")] string PendingTime,
    [property: JsonPropertyName("privateIp")] string PrivateIp,
    [property: JsonPropertyName("region")] string Region,
    [property: JsonPropertyName("version")] string Version);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(RoleCredentials))]
[JsonSerializable(typeof(ProfileInfo))]
[JsonSerializable(typeof(IdentityDocument))]
internal sealed partial class MetadataJson : JsonSerializerContext;
