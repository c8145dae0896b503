using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Parameters;

/// <summary>Parameters as SSM shows them.</summary>
internal static class ParameterView
{
    public static Parameter Of(Call call, ParameterRecord parameter, ParameterVersion version, string value, string asked) => new()
    {
        Name = parameter.Name,
        Type = version.Type,
        Value = value,
        Version = version.Version,
        LastModifiedDate = version.ModifiedAt.UtcDateTime,
        ARN = $"arn:aws:ssm:{call.Region}:{call.AccountId}:parameter/{parameter.Name.TrimStart('/')}",
        DataType = version.DataType,
        Selector = asked.Contains(':') && !asked.StartsWith("arn:", StringComparison.Ordinal)
            ? asked[asked.IndexOf(':', StringComparison.Ordinal)..]
            : null,
    };

    public static ParameterMetadata Metadata(Call call, ParameterRecord parameter) => new()
    {
        Name = parameter.Name,
        ARN = $"arn:aws:ssm:{call.Region}:{call.AccountId}:parameter/{parameter.Name.TrimStart('/')}",
        Type = parameter.Latest.Type,
        Version = parameter.Latest.Version,
        Tier = parameter.Latest.Tier,
        DataType = parameter.Latest.DataType,
        Description = parameter.Latest.Description,
        AllowedPattern = parameter.Latest.AllowedPattern,
        KeyId = KeyOf(parameter.Latest),
        LastModifiedDate = parameter.Latest.ModifiedAt.UtcDateTime,
        LastModifiedUser = parameter.Latest.User,
        Policies = [],
    };

    public static ParameterHistory History(ParameterRecord parameter, ParameterVersion version, string value) => new()
    {
        Name = parameter.Name,
        Type = version.Type,
        Value = value,
        Version = version.Version,
        Tier = version.Tier,
        DataType = version.DataType,
        Description = version.Description,
        AllowedPattern = version.AllowedPattern,
        KeyId = KeyOf(version),
        Labels = [.. version.Labels],
        LastModifiedDate = version.ModifiedAt.UtcDateTime,
        LastModifiedUser = version.User,
        Policies = [],
    };

    private static string? KeyOf(ParameterVersion version) => version.Type == "SecureString" ? version.KeyId ?? "alias/aws/ssm" : null;
}
