using Amazon.AutoScaling.Model;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Core;
using Baker.Core.Imports;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;
using TemplateReference = Amazon.AutoScaling.Model.LaunchTemplateSpecification;

namespace Baker.Cloud.Imports;

/// <summary>Reads a live Auto Scaling group, or a launch template, as a group of a manifest. It asks, and changes nothing.</summary>
public sealed class LiveImport(CloudRegion region, CancellationToken stop)
{
    private readonly CloudClients _clients = region.Clients;

    /// <param name="group">What it is called in the manifest; null for its own name.</param>
    /// <exception cref="BakerException">There is no such Auto Scaling group.</exception>
    public async Task<Imported> AutoScalingGroupAsync(string name, GroupName? group)
    {
        var found = (await region.Pacer.SendAsync(
            _clients.AutoScaling.DescribeAutoScalingGroupsAsync,
            new DescribeAutoScalingGroupsRequest { AutoScalingGroupNames = [name] },
            stop).ConfigureAwait(false)).AutoScalingGroups?.FirstOrDefault() ?? throw new BakerException(
                ExitCode.BadInput,
                $"There is no Auto Scaling group {Quoting.Quote(name)} in {region.Name}; nothing was written.",
                "aws autoscaling describe-auto-scaling-groups lists them; --region says where.");
        var place = $"asg {name}";
        var draft = Draft(place, group ?? name);
        var template = found.LaunchTemplate ?? found.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
        if (template is not null)
        {
            await ReadTemplateAsync(draft, Asked(template), template.Version, name).ConfigureAwait(false);
        }
        else if (!string.IsNullOrEmpty(found.LaunchConfigurationName))
        {
            await ReadConfigurationAsync(draft, found.LaunchConfigurationName).ConfigureAwait(false);
        }

        FleetReading.Read(draft, place, found);
        await ReadBesideAsync(draft, place, name).ConfigureAwait(false);
        return Imported.Of([draft], Settings());
    }

    /// <param name="id">Its id or its name.</param>
    /// <exception cref="BakerException">There is no such launch template.</exception>
    public async Task<Imported> LaunchTemplateAsync(string id, GroupName? group)
    {
        var request = id.StartsWith("lt-", StringComparison.Ordinal)
            ? new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = id }
            : new DescribeLaunchTemplateVersionsRequest { LaunchTemplateName = id };
        var version = await VersionAsync(request, version: null, id).ConfigureAwait(false);
        var draft = Draft(PlaceOf(version), group ?? version.LaunchTemplateName ?? id);
        TemplateReading.Read(draft, PlaceOf(version), version.LaunchTemplateData);
        return Imported.Of([draft], Settings());
    }

    private static JObject Settings() => new() { ["cloud"] = "local" };

    private ImportDraft Draft(string place, string name)
    {
        var draft = new ImportDraft(ImportedName.Of(name));
        draft.CarryName(place, name);
        draft.Carry("region", region.Name, region.Name, "the region");
        return draft;
    }

    private static DescribeLaunchTemplateVersionsRequest Asked(TemplateReference template) =>
        string.IsNullOrEmpty(template.LaunchTemplateId)
            ? new DescribeLaunchTemplateVersionsRequest { LaunchTemplateName = template.LaunchTemplateName }
            : new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = template.LaunchTemplateId };

    private static string PlaceOf(LaunchTemplateVersion version) =>
        $"launch template {version.LaunchTemplateName} version {version.VersionNumber}";

    private async Task ReadTemplateAsync(ImportDraft draft, DescribeLaunchTemplateVersionsRequest request, string? version, string name)
    {
        var found = await VersionAsync(request, version, $"of the Auto Scaling group {name}").ConfigureAwait(false);
        TemplateReading.Read(draft, PlaceOf(found), found.LaunchTemplateData);
    }

    private async Task<LaunchTemplateVersion> VersionAsync(DescribeLaunchTemplateVersionsRequest request, string? version, string named)
    {
        request.Versions = [string.IsNullOrEmpty(version) ? "$Default" : version];
        var missing = new BakerException(
            ExitCode.BadInput,
            $"There is no launch template {named} in {region.Name}; nothing was written.",
            "aws ec2 describe-launch-templates lists them; --region says where.");
        try
        {
            var reply = await region.Pacer.SendAsync(_clients.EC2.DescribeLaunchTemplateVersionsAsync, request, stop).ConfigureAwait(false);
            return reply.LaunchTemplateVersions?.FirstOrDefault() ?? throw missing;
        }
        catch (AmazonServiceException error) when (error.ErrorCode?.StartsWith("InvalidLaunchTemplate", StringComparison.Ordinal) == true)
        {
            throw missing;
        }
    }

    private async Task ReadConfigurationAsync(ImportDraft draft, string name)
    {
        var place = $"launch configuration {name}";
        var reply = await region.Pacer.SendAsync(
            _clients.AutoScaling.DescribeLaunchConfigurationsAsync,
            new DescribeLaunchConfigurationsRequest { LaunchConfigurationNames = [name] },
            stop).ConfigureAwait(false);
        if (reply.LaunchConfigurations?.FirstOrDefault() is { } found)
        {
            ConfigurationReading.Read(draft, place, found);
        }
        else
        {
            draft.Leave(place, "all of it", "it is not there any more: write instance_type, source_ami and security_groups yourself");
        }
    }

    /// <summary>What hangs on an Auto Scaling group and is not told with it.</summary>
    private async Task ReadBesideAsync(ImportDraft draft, string place, string name)
    {
        var hooks = (await region.Pacer.SendAsync(
            _clients.AutoScaling.DescribeLifecycleHooksAsync,
            new DescribeLifecycleHooksRequest { AutoScalingGroupName = name },
            stop).ConfigureAwait(false)).LifecycleHooks ?? [];
        if (hooks.Count > 0)
        {
            draft.Carry("autoscale", new JArray(hooks.Select(FleetReading.Hook)), place, "LifecycleHooks", "lifecycle_hooks");
        }

        var policies = new DescribePoliciesRequest { AutoScalingGroupName = name };
        await foreach (var page in region.Pacer.PagesAsync(
            _clients.AutoScaling.DescribePoliciesAsync,
            policies,
            page => policies.NextToken = page.NextToken,
            stop).ConfigureAwait(false))
        {
            foreach (var policy in page.ScalingPolicies ?? [])
            {
                draft.Leave(place, $"ScalingPolicy {policy.PolicyName}", "write it as autoscale.policies; its alarms, as alarms");
            }
        }

        var schedules = new DescribeScheduledActionsRequest { AutoScalingGroupName = name };
        await foreach (var page in region.Pacer.PagesAsync(
            _clients.AutoScaling.DescribeScheduledActionsAsync,
            schedules,
            page => schedules.NextToken = page.NextToken,
            stop).ConfigureAwait(false))
        {
            foreach (var schedule in page.ScheduledUpdateGroupActions ?? [])
            {
                draft.Leave(place, $"ScheduledAction {schedule.ScheduledActionName}", "write it as autoscale.schedules");
            }
        }
    }
}
