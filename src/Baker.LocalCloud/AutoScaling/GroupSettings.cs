using System.Collections.Immutable;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.LaunchTemplates;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>What a group is told to launch, and where; checked as Auto Scaling checks it.</summary>
internal sealed class GroupSettings(LaunchTemplateStore templates, BalancingTables balancing, Launcher launcher)
{
    /// <summary>The template as the group shows it: with id, name and the version as it was given; none means $Default.</summary>
    public LaunchTemplateSpecification? Template(Call call, LaunchTemplateSpecification? template, MixedInstancesPolicy? mixed)
    {
        if (template is null == mixed is null)
        {
            throw new CloudException(
                "ValidationError",
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, "
                    + "InstanceId or MixedInstancesPolicy parameter.");
        }

        return template is null ? null : Full(call.Region, template);
    }

    public MixedInstancesPolicy? Mixed(Call call, LaunchTemplateSpecification? template, MixedInstancesPolicy? mixed)
    {
        if (mixed is null || template is not null)
        {
            return null;
        }

        var inner = mixed.LaunchTemplate?.LaunchTemplateSpecification
            ?? throw new CloudException("ValidationError", "You must specify a launch template in the mixed instances policy.");
        return new MixedInstancesPolicy
        {
            LaunchTemplate = new LaunchTemplate
            {
                LaunchTemplateSpecification = Full(call.Region, inner),
                Overrides = mixed.LaunchTemplate.Overrides ?? [],
            },
            InstancesDistribution = Distribution(mixed.InstancesDistribution),
        };
    }

    /// <summary>The configuration that a refresh is for, in the same form.</summary>
    public DesiredConfiguration? Desired(Call call, DesiredConfiguration? wanted) => wanted is null ? null : new DesiredConfiguration
    {
        LaunchTemplate = Template(call, wanted.LaunchTemplate, wanted.MixedInstancesPolicy),
        MixedInstancesPolicy = Mixed(call, wanted.LaunchTemplate, wanted.MixedInstancesPolicy),
    };

    public ImmutableArray<string> TargetGroups(IEnumerable<string> arns)
    {
        var all = arns.Distinct().ToImmutableArray();
        return all.All(arn => balancing.TargetGroups.Find(arn) is not null)
            ? all
            : throw new CloudException(
                "ValidationError",
                "Provided Target Groups may not be valid. Please ensure they exist and try again.");
    }

    /// <exception cref="CloudException">The group has no place to launch in.</exception>
    public void Check(GroupRecord group)
    {
        if (group.Zones.IsEmpty && group.Subnets.IsEmpty)
        {
            throw new CloudException("ValidationError", "At least one Availability Zone or VPC Subnet is required.");
        }

        var places = launcher.ZonesOf(group);
        if (group.Subnets.IsEmpty ? places.Count != group.Zones.Distinct().Count() : places.Count != group.Subnets.Length)
        {
            throw new CloudException("ValidationError", group.Subnets.IsEmpty
                ? $"One or more of the specified Availability Zones is not valid: {string.Join(", ", group.Zones)}"
                : $"The subnet ID '{group.Subnets.FirstOrDefault(id => places.All(each => each.SubnetId != id))}' does not exist");
        }

        if (group.HealthCheckType.Split(',').Any(each => each.Trim() is not ("EC2" or "ELB" or "EBS" or "VPC_LATTICE")))
        {
            throw new CloudException("ValidationError", $"Health check type '{group.HealthCheckType}' is not valid");
        }
    }

    public static ImmutableArray<string> Subnets(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private LaunchTemplateSpecification Full(string region, LaunchTemplateSpecification named)
    {
        try
        {
            var template = templates.Find(region, named.LaunchTemplateId, named.LaunchTemplateId is null ? named.LaunchTemplateName : null);
            LaunchTemplateStore.Version(template, named.Version);
            return new LaunchTemplateSpecification
            {
                LaunchTemplateId = template.Id,
                LaunchTemplateName = template.Name,
                Version = named.Version is { Length: > 0 } version ? version : "$Default",
            };
        }
        catch (CloudException error)
        {
            throw new CloudException("ValidationError", $"You must use a valid fully-formed launch template. {error.Message}");
        }
    }

    private static InstancesDistribution Distribution(InstancesDistribution? given) => new()
    {
        OnDemandAllocationStrategy = given?.OnDemandAllocationStrategy ?? "prioritized",
        OnDemandBaseCapacity = given?.OnDemandBaseCapacity ?? 0,
        OnDemandPercentageAboveBaseCapacity = given?.OnDemandPercentageAboveBaseCapacity ?? 100,
        SpotAllocationStrategy = given?.SpotAllocationStrategy ?? "lowest-price",
        SpotInstancePools = given?.SpotInstancePools ?? (given?.SpotAllocationStrategy is null or "lowest-price" ? 2 : null),
        SpotMaxPrice = given?.SpotMaxPrice,
    };
}
