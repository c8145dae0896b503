using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>What EC2 checks of a template's data when it is written; the rest shows only at a launch, as on AWS.</summary>
internal static class LaunchTemplateData
{
    private const int LargestUserData = 16384;

    public static RequestLaunchTemplateData Check(RequestLaunchTemplateData? data)
    {
        if (data is null)
        {
            throw CloudException.Missing("LaunchTemplateData");
        }

        if (data.ImageId is { Length: > 0 } image
            && !image.StartsWith("ami-", StringComparison.Ordinal)
            && !image.StartsWith("resolve:ssm:", StringComparison.Ordinal))
        {
            throw new CloudException(
                "InvalidAMIID.Malformed",
                $"The image ID '{image}' is not valid. The expected format is ami-xxxxxxxx or ami-xxxxxxxxxxxxxxxxx.");
        }

        foreach (var mapping in data.BlockDeviceMappings ?? [])
        {
            // Whether the device has a snapshot shows with the image, at a launch.
            BlockDevices.CheckRate(mapping.Ebs?.VolumeInitializationRate, "unknown");
        }

        if (data.UserData is { Length: > 0 } userData)
        {
            CheckUserData(userData);
        }

        if (data.NetworkInterfaces is { Count: > 0 } && data.SecurityGroupIds is { Count: > 0 })
        {
            throw new CloudException(
                "InvalidParameterCombination",
                "Network interfaces and an instance-level security groups may not be specified on the same request");
        }

        return data;
    }

    private static void CheckUserData(string userData)
    {
        try
        {
            if (Convert.FromBase64String(userData).Length > LargestUserData)
            {
                throw new CloudException("InvalidUserData.Malformed", $"User data is limited to {LargestUserData} bytes");
            }
        }
        catch (FormatException)
        {
            throw new CloudException("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
        }
    }
}
