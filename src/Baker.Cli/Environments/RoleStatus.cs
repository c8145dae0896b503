using System.Globalization;
using Baker.Cloud.Fleets.Operations;
using Baker.Core.Planning;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Environments;

/// <summary>How one role of an environment is.</summary>
/// <param name="IsGone">Whether the manifest has it no more: then nothing is wrong with the environment if it is not healthy.</param>
internal sealed record RoleStatus(string Group, string Fleet, int Healthy, int Desired, string State, bool IsHealthy, bool IsGone = false)
{
    /// <param name="gone">What is said of a fleet that the manifest has no more.</param>
    /// <param name="least">How many instances the manifest wants at least.</param>
    public static RoleStatus Of(FleetReport report, string gone, int least)
    {
        if (report.Fleets is not [.., var serving])
        {
            return new RoleStatus(report.Group, "-", 0, 0, "does not run", false);
        }

        // No listener needs to forward any more to one that the manifest does not have.
        var healthy = serving.HealthyCount(report.IsGone ? [] : serving.TargetGroups);
        var desired = serving.Capacity.Desired;
        var suspended = report.Journal is null ? serving.Suspended.Intersect(Preflight.NeededProcesses).ToList() : [];
        var isBehindNotice = report.IsBehindNotice(serving);
        var problem = report.IsGone || report.Journal is not null ? null
            : isBehindNotice ? $"a maintenance notice answers instead: maintenance:off {report.Group} takes it away"
            : serving.Held is not null && report.Lock is null
                ? $"a deploy was not finished: instance:deploy {report.Group} --drain goes on, --bring-back takes it back"
            : suspended.Count > 0 ? $"{string.Join(", ", suspended)} suspended"
            : desired < least ? string.Create(CultureInfo.InvariantCulture, $"smaller than its node_min of {least}")
            : null;
        var isHealthy = healthy >= desired && serving.Status is null && problem is null && !isBehindNotice;
        var state = report.Journal is { } journal ? $"{journal.Action.ToString().ToLowerInvariant()} under way (step {journal.Step})"
                + (isBehindNotice ? ", a maintenance notice answers instead" : "")
                + (report.Lock is null ? $", nobody works on it: autoscale:status {report.Group}" : "")
            : report.IsGone ? gone
            : problem is not null ? problem
            : !isHealthy ? serving.Instances.Select(each => each.WhyNotHealthy(serving.TargetGroups)).FirstOrDefault(why => why is not null)
                ?? "not enough instances"
            : "healthy";
        return new RoleStatus(report.Group, serving.Name, healthy, desired, state, isHealthy, report.IsGone);
    }

    public JObject ToJson() => new()
    {
        ["role"] = Group,
        ["fleet"] = Fleet == "-" ? null : Fleet,
        ["healthy"] = Healthy,
        ["desired"] = Desired,
        ["state"] = State,
        ["in_manifest"] = !IsGone,
    };
}
