using System.Security.Cryptography;
using System.Text;
using Amazon.EC2.Model;
using Amazon.EC2.Model.Internal.MarshallTransformations;
using Newtonsoft.Json;

namespace Baker.Cloud.Fleets;

/// <summary>
/// A digest of what a fleet would be made with now beside its image and its size: launch template, places, target groups, hooks, types.
/// Two fleets of one image and one digest are the same.
/// </summary>
internal static class LaunchDigest
{
    /// <summary>What of <c>autoscale</c> is changed in a fleet that runs, or is not the fleet's.</summary>
    private static readonly HashSet<string> s_inPlace = new(StringComparer.Ordinal)
    {
        "node_min", "node_max", "node_desired", "timeout", "policies", "schedules", "warm_pool", "canary",
    };

    /// <param name="others">The images of the group's other architectures.</param>
    public static string Of(FleetTarget target, RequestLaunchTemplateData data, IEnumerable<string> others)
    {
        var request = new CreateLaunchTemplateRequest { LaunchTemplateName = "", ClientToken = "", LaunchTemplateData = data };
        var text = new StringBuilder();
        foreach (var (name, value) in new CreateLaunchTemplateRequestMarshaller().Marshall(request).Parameters.OrderBy(
            each => each.Key,
            StringComparer.Ordinal))
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        var (group, settings) = (target.Group, target.Settings);
        foreach (var property in (group.Autoscale?.Properties() ?? [])
            .Where(each => !s_inPlace.Contains(each.Name))
            .OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            text.Append(property.ToString(Formatting.None)).Append('\n');
        }

        foreach (var many in new[] { settings.Subnets, settings.Zones, settings.TargetGroups, settings.InstanceTypes, others })
        {
            text.AppendJoin(' ', many).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
