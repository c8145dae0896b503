using Baker.Cloud.Fleets.Operations;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Environments;

/// <summary>How one role of an environment is.</summary>
internal sealed record RoleStatus(string Group, string Fleet, int Healthy, int Desired, string State, bool IsHealthy)
{
    public static RoleStatus Of(FleetReport report)
    {
        if (report.Fleets is not [.., var serving])
        {
            return new RoleStatus(report.Group, "-", 0, 0, "does not run", false);
        }

        var healthy = serving.HealthyCount(serving.TargetGroups);
        var desired = serving.Capacity.Desired;
        var isHealthy = healthy >= desired && serving.Status is null;
        var state = report.Journal is { } journal ? $"{journal.Action.ToString().ToLowerInvariant()} under way (step {journal.Step})"
            : !isHealthy ? serving.Instances.Select(each => each.WhyNotHealthy(serving.TargetGroups)).FirstOrDefault(why => why is not null)
                ?? "not enough instances"
            : "healthy";
        return new RoleStatus(report.Group, serving.Name, healthy, desired, state, isHealthy);
    }

    public JObject ToJson() => new()
    {
        ["role"] = Group,
        ["fleet"] = Fleet == "-" ? null : Fleet,
        ["healthy"] = Healthy,
        ["desired"] = Desired,
        ["state"] = State,
    };
}
