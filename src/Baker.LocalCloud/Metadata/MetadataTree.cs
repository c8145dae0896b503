using System.Globalization;
using System.Text;
using System.Text.Json;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Signing;

namespace Baker.LocalCloud.Metadata;

/// <summary>
/// What the metadata service tells an instance of itself, by path
/// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html).
/// </summary>
internal static class MetadataTree
{
    private const string Data = "meta-data/";

    /// <param name="securityGroups">The names of its security groups.</param>
    /// <param name="role">Its role; null where it has none.</param>
    /// <param name="credentials">Of its role; null where it has none.</param>
    /// <param name="targetState">Where it is in its Auto Scaling group, or on its way to; null where it is in none.</param>
    public static SortedDictionary<string, byte[]> Of(
        InstanceRecord instance,
        IEnumerable<string> securityGroups,
        string? role,
        TemporaryKey? credentials,
        DateTimeOffset renewed,
        string? targetState)
    {
        var host = $"ip-{instance.Address.Replace('.', '-')}.ec2.internal";
        var texts = new Dictionary<string, string?>
        {
            ["ami-id"] = instance.ImageId,
            ["ami-launch-index"] = instance.LaunchIndex.ToString(CultureInfo.InvariantCulture),
            ["autoscaling/target-lifecycle-state"] = targetState,
            ["hostname"] = host,
            ["instance-action"] = "none",
            ["instance-id"] = instance.Id,
            ["instance-life-cycle"] = instance.IsSpot ? "spot" : "on-demand",
            ["instance-type"] = instance.InstanceType,
            ["local-hostname"] = host,
            ["local-ipv4"] = instance.Address,
            ["placement/availability-zone"] = instance.Zone,
            ["placement/region"] = instance.Region,
            ["public-keys/0/openssh-key"] = instance.PublicKey,
            ["reservation-id"] = instance.ReservationId,
            ["security-groups"] = string.Join('\n', securityGroups),
            ["services/domain"] = "amazonaws.com",
            ["services/partition"] = "aws",
        };
        foreach (var (key, value) in instance.Tags.Where(_ => instance.InstanceMetadataTags == "enabled"))
        {
            texts["tags/instance/" + key] = value;
        }

        if (instance.Profile is { } profile && role is not null && credentials is not null)
        {
            var arn = profile.StartsWith("arn:", StringComparison.Ordinal)
                ? profile
                : $"arn:aws:iam::{Identifiers.AccountId}:instance-profile/{profile}";
            texts["iam/info"] = Json(
                new ProfileInfo("Success", Time(renewed), arn, instance.ProfileId ?? "AIPALOCAL00000000000"),
                MetadataJson.Default.ProfileInfo);
            texts["iam/security-credentials/" + role] = Json(
                new RoleCredentials(
                    "Success",
                    Time(renewed),
                    "AWS-HMAC",
                    credentials.Id,
                    credentials.Secret,
                    credentials.Token,
                    Time(credentials.Ends)),
                MetadataJson.Default.RoleCredentials);
        }

        var tree = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["dynamic/instance-identity/document"] = Encoding.UTF8.GetBytes(Json(
                new IdentityDocument(
                    Identifiers.AccountId,
                    instance.Architecture,
                    instance.Zone,
                    instance.ImageId,
                    instance.Id,
                    instance.InstanceType,
                    Time(instance.LaunchTime),
                    instance.Address,
                    instance.Region,
                    "2017-09-30"),
                MetadataJson.Default.IdentityDocument)),
        };
        foreach (var (path, text) in texts.Where(pair => pair.Value is not null))
        {
            tree[Data + path] = Encoding.UTF8.GetBytes(text!);
        }

        if (InstanceStates.SpecOf(instance).UserData is { IsDefaultOrEmpty: false } userData)
        {
            tree["user-data"] = [.. userData];
        }

        return tree;
    }

    /// <summary>The role of an instance that an earlier Baker launched: it had the name of the instance profile.</summary>
    public static string RoleOf(string profile) => profile[(profile.LastIndexOf('/') + 1)..];

    /// <summary>What lies at a path: a value, the names below it, or null for nothing.</summary>
    public static byte[]? Look(SortedDictionary<string, byte[]> tree, string path)
    {
        if (tree.TryGetValue(path, out var value))
        {
            return value;
        }

        var folder = path.Length == 0 || path.EndsWith('/') ? path : path + "/";
        var names = tree.Keys
            .Where(key => key.StartsWith(folder, StringComparison.Ordinal))
            .Select(key => key[folder.Length..])
            .Select(rest => rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? rest[..(slash + 1)] : rest)
            .Distinct()
            .ToList();
        return names.Count > 0 ? Encoding.UTF8.GetBytes(string.Join('\n', names)) : null;
    }

    private static string Json<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Serialize(value, type);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
