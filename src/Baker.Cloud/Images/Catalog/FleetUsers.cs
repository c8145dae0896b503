using Amazon.AutoScaling.Model;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Finds the Auto Scaling groups and launch configurations that would launch the images.</summary>
internal sealed class FleetUsers(CloudRegion region)
{
    private const int PageSize = 100;

    public async Task ReadAsync(LaunchTemplateImages templates, ImageUsers users, CancellationToken stop)
    {
        var configurations = new Dictionary<string, string>(StringComparer.Ordinal);
        var request = new DescribeLaunchConfigurationsRequest { MaxRecords = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.AutoScaling.DescribeLaunchConfigurationsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var configuration in page.LaunchConfigurations ?? [])
            {
                configurations[configuration.LaunchConfigurationName] = configuration.ImageId;
                users.Add(configuration.ImageId, new ImageUser("launch configuration", configuration.LaunchConfigurationName));
            }
        }

        await ReadGroupsAsync(templates, configurations, users, stop).ConfigureAwait(false);
    }

    private async Task ReadGroupsAsync(
        LaunchTemplateImages templates,
        Dictionary<string, string> configurations,
        ImageUsers users,
        CancellationToken stop)
    {
        var request = new DescribeAutoScalingGroupsRequest { MaxRecords = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.AutoScaling.DescribeAutoScalingGroupsAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var group in page.AutoScalingGroups ?? [])
            {
                var images = Specifications(group)
                    .Select(spec => templates.Find(spec.LaunchTemplateId, spec.LaunchTemplateName, spec.Version))
                    .Append(configurations.GetValueOrDefault(group.LaunchConfigurationName ?? ""))
                    .Concat((group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []).Select(one => one.ImageId));
                foreach (var image in images.OfType<string>().Where(image => image.Length > 0))
                {
                    users.Add(image, new ImageUser("Auto Scaling group", group.AutoScalingGroupName));
                }
            }
        }
    }

    // A group has one of these, and its instances may still be of another version: those count as instances.
    private static IEnumerable<LaunchTemplateSpecification> Specifications(AutoScalingGroup group) =>
        new[] { group.LaunchTemplate, group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification }
            .Concat((group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []).Select(one => one.LaunchTemplateSpecification))
            .Concat((group.Instances ?? []).Select(instance => instance.LaunchTemplate))
            .OfType<LaunchTemplateSpecification>();
}
