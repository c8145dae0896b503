using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// What the local cloud's other accounts can do. Each has images, snapshots and parameters of its own, and nothing else: what would
/// need more is refused in so many words, so that nothing of the home account is taken for theirs.
/// </summary>
internal static class OtherAccounts
{
    private static readonly HashSet<string> s_actions = new(StringComparer.Ordinal)
    {
        "CopyImage", "CopySnapshot", "CreateImageUsageReport", "CreateTags", "DeleteImageUsageReport", "DeleteSnapshot", "DeleteTags",
        "DeregisterImage", "DescribeAvailabilityZones", "DescribeFastSnapshotRestores", "DescribeImageAttribute",
        "DescribeImageUsageReportEntries", "DescribeImageUsageReports", "DescribeImages", "DescribeRegions", "DescribeSnapshotAttribute",
        "DescribeSnapshots", "DescribeTags", "DisableFastSnapshotRestores", "DisableImage", "DisableImageDeprecation",
        "DisableImageDeregistrationProtection", "EnableFastSnapshotRestores", "EnableImage", "EnableImageDeprecation",
        "EnableImageDeregistrationProtection", "GetEbsDefaultKmsKeyId", "GetEbsEncryptionByDefault", "ModifyImageAttribute",
        "ModifySnapshotAttribute", "RegisterImage", "ResetImageAttribute",
        "AddTagsToResource", "DeleteParameter", "DeleteParameters", "DescribeParameters", "GetParameter", "GetParameterHistory",
        "GetParameters", "GetParametersByPath", "LabelParameterVersion", "ListTagsForResource", "PutParameter", "RemoveTagsFromResource",
    };

    /// <summary>An empty listing of what such an account cannot have; null where the handler is to answer.</summary>
    /// <exception cref="CloudException">It can do nothing of the kind.</exception>
    public static AmazonWebServiceResponse? Answer(Call call, AmazonWebServiceRequest request)
    {
        if (call.AccountId == Identifiers.AccountId
            || (call.Service is ServiceNames.Compute or ServiceNames.Systems && s_actions.Contains(call.Action)))
        {
            return null;
        }

        return request switch
        {
            DescribeInstancesRequest { InstanceIds: null or [] } => new DescribeInstancesResponse { Reservations = [] },
            DescribeVolumesRequest { VolumeIds: null or [] } => new DescribeVolumesResponse { Volumes = [] },
            DescribeLaunchTemplatesRequest { LaunchTemplateIds: null or [], LaunchTemplateNames: null or [] } =>
                new DescribeLaunchTemplatesResponse { LaunchTemplates = [] },
            DescribeLaunchTemplateVersionsRequest { LaunchTemplateId: null, LaunchTemplateName: null } =>
                new DescribeLaunchTemplateVersionsResponse { LaunchTemplateVersions = [] },
            DescribeLaunchConfigurationsRequest { LaunchConfigurationNames: null or [] } =>
                new DescribeLaunchConfigurationsResponse { LaunchConfigurations = [] },
            DescribeAutoScalingGroupsRequest { AutoScalingGroupNames: null or [] } =>
                new DescribeAutoScalingGroupsResponse { AutoScalingGroups = [] },
            _ => throw Refusal(call),
        };
    }

    /// <exception cref="CloudException">The account can do nothing of the kind.</exception>
    public static void CheckRaw(Call call)
    {
        if (call.AccountId != Identifiers.AccountId && call.Service != "sts")
        {
            throw Refusal(call);
        }
    }

    private static CloudException Refusal(Call call) => new(
        "UnsupportedOperation",
        $"{call.Service}:{call.Action}: account {call.AccountId} of the local cloud has images, snapshots and parameters, "
            + "and nothing else. "
            + $"Everything else is in the home account, {Identifiers.AccountId}.");
}
