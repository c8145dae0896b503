using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>What stands in the way of a change, found before anything is changed.</summary>
public static class Preflight
{
    /// <summary>Processes without which a new group, or a refresh, never comes up or never goes away.</summary>
    public static ImmutableArray<string> NeededProcesses { get; } =
        ["Launch", "Terminate", "AddToLoadBalancer", "HealthCheck", "ReplaceUnhealthy"];

    public static ImmutableArray<PreflightFinding> Check(FleetAction action, Capacity capacity, PreflightFacts facts)
    {
        var findings = ImmutableArray.CreateBuilder<PreflightFinding>();
        if (facts.Old is { } old)
        {
            OldGroup(findings, action, old, facts.Refresh);
        }

        foreach (var group in facts.MissingTargetGroups)
        {
            findings.Add(group.StartsWith("balancer:", StringComparison.Ordinal)
                ? new(
                    $"There is no balancer {group["balancer:".Length..]} in {facts.Region} that forwards to a target group.",
                    "Create it, or correct \"balancer\" in the manifest.")
                : new(
                    $"There is no target group {group} in {facts.Region}.",
                    "Create it, or correct \"target_groups\" in the manifest."));
        }

        foreach (var group in facts.UnusedTargetGroups)
        {
            findings.Add(new(
                $"No load balancer uses the target group {ArnText.Name(group)}: its targets stay \"unused\" and never become healthy.",
                "Add it to a listener's rule first."));
        }

        if (facts.HasLattice)
        {
            findings.Add(new(
                $"{facts.Old?.Name} takes traffic from VPC Lattice, which Baker cannot hand over.",
                "Use --strategy rolling."));
        }

        if (action == FleetAction.Update && capacity.Max < capacity.Desired)
        {
            findings.Add(new(
                $"The maximum size {capacity.Max} leaves no room for {capacity.Desired} instances.",
                "Raise the maximum with autoscale:scale."));
        }

        Image(findings, facts);
        if (facts.LaunchRefusal is { } refusal)
        {
            findings.Add(new(
                $"EC2 would refuse to launch an instance: {refusal}",
                "Correct what it names in the manifest or in the account."));
        }

        return findings.ToImmutable();
    }

    /// <summary>What stands in the way of emptying a group and deleting it.</summary>
    public static ImmutableArray<PreflightFinding> CheckDelete(FleetView old)
    {
        var findings = ImmutableArray.CreateBuilder<PreflightFinding>();
        if (old.Suspended.Contains("Terminate"))
        {
            findings.Add(new($"{old.Name} has suspended Terminate: it would never be empty.", "Find out why; then autoscale:resume."));
        }

        Emptying(findings, old);
        if (old.HasDeletionProtection)
        {
            findings.Add(new($"{old.Name} is protected from deletion.", "Lift the protection first."));
        }

        return findings.ToImmutable();
    }

    private static void OldGroup(ImmutableArray<PreflightFinding>.Builder findings, FleetAction action, FleetView old, string? refresh)
    {
        var suspended = old.Suspended.Intersect(NeededProcesses).ToList();
        if (suspended.Count > 0)
        {
            findings.Add(new(
                $"{old.Name} has suspended processes: {string.Join(", ", suspended)}.",
                "Find out why (AWS itself suspends a group whose launches fail for a day); then autoscale:resume."));
        }

        if (old.Held is not null)
        {
            findings.Add(new(
                $"A deploy of nodes of {old.Name} was not finished: its minimum is held at {old.Capacity.Min} instead of "
                    + $"{old.Held.Minimum}.",
                "Finish it with instance:deploy --drain, or take it back with instance:deploy --bring-back."));
        }

        if (refresh is not null)
        {
            findings.Add(new(
                $"An instance refresh of {old.Name} is under way ({refresh}).",
                "Let it finish, or cancel it with autoscale:rollback."));
        }

        Emptying(findings, old);
        if (old.HasDeletionProtection && action != FleetAction.Roll)
        {
            findings.Add(new($"{old.Name} is protected from deletion.", "Lift the protection, or use --strategy rolling."));
        }

        if (action == FleetAction.Roll && old.UsesMovingVersion)
        {
            findings.Add(new(
                $"{old.Name} uses the launch template version {old.Template}: a refresh could not roll back.",
                "Use --strategy blue-green once; the new group has an explicit version."));
        }
    }

    /// <summary>Instances that no scaling in takes away.</summary>
    private static void Emptying(ImmutableArray<PreflightFinding>.Builder findings, FleetView old)
    {
        var standby = old.Instances
            .Where(instance => instance.Lifecycle.Contains("Standby", StringComparison.Ordinal))
            .Select(instance => instance.Id)
            .ToList();
        if (standby.Count > 0)
        {
            findings.Add(new(
                $"Instances of {old.Name} are in standby: {string.Join(", ", standby)}.",
                "Bring them back or terminate them; the group could not be emptied."));
        }

        var kept = old.Instances.Where(instance => instance.IsProtected).Select(instance => instance.Id).ToList();
        if (kept.Count > 0)
        {
            findings.Add(new(
                $"Instances of {old.Name} are protected from scale-in: {string.Join(", ", kept)}.",
                "Lift the protection; the group could not be emptied."));
        }
    }

    private static void Image(ImmutableArray<PreflightFinding>.Builder findings, PreflightFacts facts)
    {
        if (facts.ImageState is null)
        {
            findings.Add(new(
                $"The image {facts.Image} is not in {facts.Region}.",
                "Bake it there, or name the region in \"ami_regions\"."));
            return;
        }

        if (facts.ImageState != "available")
        {
            findings.Add(new(
                $"The image {facts.Image} is {facts.ImageState}.",
                "Wait until it is available, or bake again with packer:run."));
        }

        foreach (var (type, architectures) in facts.Types)
        {
            if (facts.ImageArchitecture is { } architecture && !architectures.IsEmpty && !architectures.Contains(architecture)
                && !architectures.Intersect(facts.OtherArchitectures, StringComparer.Ordinal).Any())
            {
                findings.Add(new(
                    $"The image {facts.Image} is {architecture}; {type} is {string.Join(" or ", architectures)}.",
                    "Change \"instance_type\", bake from a source image of its architecture, or bake for both (\"architectures\")."));
            }
        }
    }
}
