using System.Collections.Immutable;

namespace Baker.Core.Planning;

/// <summary>An instance of an Auto Scaling group, as seen from all sides at once.</summary>
public sealed record FleetInstance
{
    public required string Id { get; init; }

    public string Type { get; init; } = "";

    public string Zone { get; init; } = "";

    /// <summary>Auto Scaling's lifecycle state, such as <c>Pending:Wait</c> or <c>InService</c>.</summary>
    public required string Lifecycle { get; init; }

    public bool IsMarkedHealthy { get; init; } = true;

    public bool IsProtected { get; init; }

    /// <summary>EC2's status checks in one word, <c>ok</c> when both passed.</summary>
    public string StatusChecks { get; init; } = "ok";

    public ImmutableArray<TargetView> Targets { get; init; } = [];

    public bool IsInService => Lifecycle == "InService";

    /// <summary>Null when it is healthy in every one of the target groups; else why not.</summary>
    public string? WhyNotHealthy(ImmutableArray<string> targetGroups)
    {
        if (!IsInService)
        {
            return Lifecycle;
        }

        if (!IsMarkedHealthy)
        {
            return "marked unhealthy by Auto Scaling";
        }

        if (StatusChecks != "ok")
        {
            return $"status checks: {StatusChecks}";
        }

        foreach (var group in targetGroups)
        {
            var target = Targets.FirstOrDefault(view => view.TargetGroup == group);
            if (target is not { IsHealthy: true })
            {
                return target is null
                    ? $"not registered in {ArnText.Name(group)}"
                    : $"{target.State} in {ArnText.Name(group)}"
                        + (target.Reason is null ? "" : $": {target.Reason}")
                        + (target.Description is null ? "" : $" ({target.Description})");
            }
        }

        return null;
    }
}
