using Amazon.SimpleSystemsManagement.Model;
using Baker.Core.Manifest;
using AutoScalingFilter = Amazon.AutoScaling.Model.Filter;
using Ec2Filter = Amazon.EC2.Model.Filter;

namespace Baker.Cloud;

/// <summary>
/// Which fleets and nodes of an account are seen: those of one environment; without one, those that are in none. AWS's filters cannot
/// ask for what lacks a tag, so that what comes back is looked at as well.
/// </summary>
public readonly record struct NodeScope(EnvironmentName? Environment)
{
    private const string Filter = "tag:" + BakerTags.Environment;

    internal IEnumerable<Ec2Filter> Instances =>
        Environment is { } name ? [new Ec2Filter { Name = Filter, Values = [name] }] : [];

    internal IEnumerable<AutoScalingFilter> Fleets =>
        Environment is { } name ? [new AutoScalingFilter { Name = Filter, Values = [name] }] : [];

    /// <summary>For commands that SSM sends by tags, which without an environment go to nodes of any.</summary>
    internal IEnumerable<Target> Commands =>
        Environment is { } name ? [new Target { Key = Filter, Values = [name] }] : [];

    /// <param name="environment">What the tag says of something; null where it has none.</param>
    public bool Has(string? environment) =>
        (string.IsNullOrEmpty(environment) ? null : environment) == Environment?.ToString();
}
