using System.Globalization;
using Amazon.AutoScaling.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.AutoScaling;

/// <summary>What a group launches: a template and, of a mixed group, the types to try in order.</summary>
internal sealed record LaunchPlan(
    LaunchTemplateSpecification Template,
    IReadOnlyList<LaunchTemplateOverrides> Overrides,
    InstancesDistribution? Distribution)
{
    /// <summary>Whether what is launched is kept ready, and not taken into the group at once.</summary>
    public bool IsForWarmPool { get; init; }

    /// <exception cref="CloudException">Neither of the two is given, or the policy names no template.</exception>
    public static LaunchPlan Of(LaunchTemplateSpecification? template, MixedInstancesPolicy? mixed) =>
        mixed?.LaunchTemplate is { LaunchTemplateSpecification: { } inner } policy
            ? new(inner, policy.Overrides ?? [], mixed.InstancesDistribution)
            : new(template ?? throw new CloudException(
                "ValidationError",
                "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, "
                    + "InstanceId or MixedInstancesPolicy parameter."), [], null);

    /// <summary>Whether the next instance is a Spot instance, after so many On-Demand and Spot ones.</summary>
    public bool NextIsSpot(int onDemand, int spot)
    {
        var (floor, share) = (Distribution?.OnDemandBaseCapacity ?? 0, Distribution?.OnDemandPercentageAboveBaseCapacity ?? 100);
        var above = Math.Max(0, onDemand - floor);
        return onDemand >= floor && (above * 100) >= share * (above + spot + 1);
    }

    /// <summary>The capacity that one instance of an override stands for.</summary>
    public static int WeightOf(LaunchTemplateOverrides? each) =>
        int.TryParse(each?.WeightedCapacity, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) ? weight : 1;
}
