using System.Collections.Immutable;
using Baker.Cli.Environments;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Environments;
using Baker.Cloud.Fleets;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;
using Baker.Core.Staleness;
using Newtonsoft.Json;

namespace Baker.Cli.Plans;

/// <summary>
/// Finds what is stale: joins what the commands that compile, bake, and change environments would do, each for itself, into one list,
/// in the order in which it is done.
/// </summary>
/// <param name="asked">The groups that were named; none: all, and what is around them.</param>
internal sealed class PlanReading(
    Session session,
    FleetSession fleet,
    IReadOnlyList<string> asked,
    string? wait,
    bool breakLock,
    Action<string> say)
{
    private readonly IReadOnlyList<NodeGroup> _all = fleet.Project.Groups([]);
    /// <summary>How the fleets are changed, and images baked.</summary>
    public EnvironmentFleets? Fleets { get; private set; }

    /// <summary>Those that were named, or all.</summary>
    public IReadOnlyList<NodeGroup> Groups => field ??= asked.Count == 0 ? _all : fleet.Project.Groups(asked);

    public PlanFiles Files => new(session, fleet.Project, asked, Groups);

    /// <summary>Where the lock and the journal are.</summary>
    public FleetContext Home => ContextIn(fleet.Project.Resources.BaseRegion);

    /// <summary>Has what images are made from be looked at anew.</summary>
    public void LookAgain() => fleet.LookAgain();

    public async Task<WholePlan> ReadAsync()
    {
        LookAgain();
        var images = new PlanImages(session, fleet);
        await images.ReadAsync(Groups).ConfigureAwait(false);
        var desired = DesiredEnvironment.Of(fleet.Project.Resources, _all);
        Fleets = new EnvironmentFleets(session, fleet, desired, ImageChoice.Usual, wait, say, images.Standings);
        var operation = new EnvironmentOperation(ContextIn, desired, EnvironmentAction.Update, fleet.Run, breakLock, Fleets);
        var sight = await operation.SeeAsync(session.Stop).ConfigureAwait(false);
        var journal = await new ApplyStore(Home).ReadAsync(session.Stop).ConfigureAwait(false);

        var ending = EnvironmentPlan.Ending(sight.Wanted, sight.Facts).Where(there => Names.Contains(there.Group)).ToList();
        var waves = EnvironmentPlan.Waves(sight.Wanted);
        var around = sight.Steps
            .Where(step => step is not EnvironmentStep.Bake && IsAsked(step) && !Waits(step, images)
                && ending.TrueForAll(there => there.Group != GroupOf(step)))
            .Select(step => new ApplyStep.Around(step, ItemOf(step, waves)))
            .ToList();
        var files = Files.Look();
        var bakes = images.Items.Where(item => item.IsApplied).ToImmutableArray();
        ImmutableArray<ApplyStep> steps =
        [
            .. files.IsEmpty ? (ImmutableArray<ApplyStep>)[] : [new ApplyStep.Compile(files)],
            .. bakes.IsEmpty ? [] : around.Where(step => IsBeforeBakes(step.Step)),
            .. bakes.IsEmpty ? (ImmutableArray<ApplyStep>)[] : [new ApplyStep.Bake(images.Bakes, bakes)],
            .. around.Where(step => bakes.IsEmpty || !IsBeforeBakes(step.Step)),
        ];
        return new WholePlan(
            new SavedPlan
            {
                Made = TimeText.Of(session.Time.GetUtcNow()),
                By = Operator.OfThisProcess().Name,
                Cloud = Home.Clients.CloudName,
                Environment = fleet.Project.Environment?.Name.ToString(),
                Groups = [.. asked.Distinct()],
                Items =
                [
                    .. steps.SelectMany(step => step.Items),
                    .. images.Items.Where(item => !item.IsApplied),
                    .. Unfinished(sight),
                    .. ending.Select(Unfinished),
                    .. Gone(sight),
                ],
                RestsOn = Facts(images, desired, sight, journal),
            },
            steps,
            operation,
            sight.Wanted);
    }

    /// <summary>Whether a fleet has no image to come by until somebody promotes one, which the plan asks for.</summary>
    private bool Waits(EnvironmentStep step, PlanImages images) =>
        step is EnvironmentStep.RunFleet or EnvironmentStep.UpdateFleet
        && GroupOf(step) is { } name
        && images.Standings.GetValueOrDefault(name) is { Image: null }
        && _all.Any(group => group.Name == name && group.ImageChannel is not null);

    private HashSet<string> Names => field ??= [.. Groups.Select(group => group.Name.ToString())];

    private FleetContext ContextIn(string region) => fleet.Context(fleet.Gone.Of(default, region), wait) with { Say = say };

    /// <summary>
    /// Where groups are named only what is theirs is looked at, and without an environment there is nothing around the fleets but what
    /// nodes are told.
    /// </summary>
    private bool IsAsked(EnvironmentStep step) => GroupOf(step) is { } group
        ? Names.Contains(group)
        : asked.Count == 0 && (fleet.Project.Environment is not null
            || (step is not EnvironmentStep.Remove
                && ResourceOf(step) is { Kind: ResourceKind.Endpoints or ResourceKind.Services }));

    /// <summary>Instances that bake may be in them.</summary>
    private static bool IsBeforeBakes(EnvironmentStep step) =>
        ResourceOf(step) is { Kind: ResourceKind.SecurityGroup or ResourceKind.SecurityGroupRule };

    private static string? GroupOf(EnvironmentStep step) => step switch
    {
        EnvironmentStep.RunFleet(var group, _) => group,
        EnvironmentStep.UpdateFleet(var group, _, _) => group,
        EnvironmentStep.Join join => join.Group,
        EnvironmentStep.ChangeFleet change => change.Group,
        _ => ResourceOf(step) is { Kind: >= ResourceKind.Policy, Parent: { } parent } ? parent : null,
    };

    private static Resource? ResourceOf(EnvironmentStep step) => step switch
    {
        EnvironmentStep.Create(var resource) => resource,
        EnvironmentStep.Change(_, var resource, _) => resource,
        EnvironmentStep.Remove(var resource) => resource,
        _ => null,
    };

    private static StaleItem ItemOf(EnvironmentStep step, Dictionary<string, int> waves)
    {
        var group = GroupOf(step);
        var (kind, subject, why) = step switch
        {
            EnvironmentStep.RunFleet => (StaleKind.Fleet, group!, "it does not run"),
            EnvironmentStep.UpdateFleet update => (StaleKind.Fleet, group!, update.Why),
            EnvironmentStep.Join => (StaleKind.Fleet, group!, "it is in other target groups than the manifest says"),
            EnvironmentStep.ChangeFleet change =>
                (change.Size is null ? StaleKind.Drift : StaleKind.Size, group!, string.Join("; ", change.Differences)),
            EnvironmentStep.Clear clear => (StaleKind.Drift, clear.Fleet, "others have deleted the Auto Scaling group that had it"),
            _ => Around(step, ResourceOf(step)),
        };
        var id = ResourceOf(step) is { } resource ? $"{ResourceWords.Key(resource.Kind)} {resource.Key}" : $"{step.Key} {subject}";
        return new StaleItem(kind, id, subject, step.Text, why)
        {
            Group = group,
            Wave = step.OfWave is not null && group is not null ? waves.GetValueOrDefault(group) : null,
        };
    }

    private static (StaleKind Kind, string Subject, string Why) Around(EnvironmentStep step, Resource? resource)
    {
        var subject = resource is null ? "" : Reference.Plain(ResourceWords.Of(resource));
        var kind = resource?.Kind is ResourceKind.Endpoints or ResourceKind.Services ? StaleKind.Configuration : StaleKind.Resource;
        return step switch
        {
            EnvironmentStep.Create => (kind, subject, "is missing"),
            EnvironmentStep.Change change => (
                change.Found.Drift.Length == change.Differences.Length ? StaleKind.Drift : kind,
                subject,
                Reference.Plain(string.Join("; ", change.Differences))),
            EnvironmentStep.Remove => (kind, subject, "is not in the manifest"),
            _ => (kind, step.Text, ""),
        };
    }

    private IEnumerable<StaleItem> Unfinished(EnvironmentSight sight) => sight.Facts.Fleets
        .Where(there => there.IsHeld && there.UnderWay.Length == 0 && Names.Contains(there.Group))
        .Select(there => new StaleItem(
            StaleKind.Fleet,
            $"finish-deploy {there.Group}",
            there.Group,
            $"finish the deploy of nodes of {there.Name}",
            "a deploy of its nodes was not finished; --bring-back takes it back")
        {
            Group = there.Group,
            Command = fleet.Cloud.Suggested.Package($"instance:deploy {there.Group} --drain"),
        });

    private StaleItem Unfinished(FoundFleet there)
    {
        var action = there.Pending.ToString()!.ToLowerInvariant();
        return new StaleItem(
            StaleKind.Fleet,
            $"finish-{action} {there.Group}",
            there.Group,
            $"finish the {action} of {there.Group}",
            $"an autoscale:{action} of it is under way" + (there.Pending is FleetAction.Delete && !there.IsEmptied
                ? $"; {fleet.Cloud.Suggested.Package($"autoscale:rollback {there.Group}")} takes it back"
                : ""))
        {
            Group = there.Group,
            Command = fleet.Cloud.Suggested.Package($"autoscale:{action} {there.Group}"),
        };
    }

    private IEnumerable<StaleItem> Gone(EnvironmentSight sight) => asked.Count > 0 ? [] :
        EnvironmentPlan.Gone(sight.Wanted, sight.Facts).Select(gone => new StaleItem(
            StaleKind.Fleet,
            $"delete-fleet {gone.Group}",
            gone.Group,
            $"delete the fleet {gone.Group}",
            GoneGroups.Words(fleet.Project, isFleetless: !fleet.Gone.IsGone(gone.Group)))
        {
            Group = gone.Group,
            Command = fleet.Cloud.Suggested.Package($"autoscale:delete {gone.Group}"),
        });

    private ImmutableSortedDictionary<string, string> Facts(
        PlanImages images,
        DesiredEnvironment desired,
        EnvironmentSight sight,
        ApplyRecord? journal)
    {
        var facts = images.Facts.ToBuilder();
        var wanted = sight.Wanted.ToDictionary(each => each.Group.ToString(), StringComparer.Ordinal);
        var found = sight.Facts.Fleets.ToLookup(each => each.Group.ToString(), StringComparer.Ordinal);
        foreach (var group in Groups)
        {
            facts[PlanFacts.Key(group.Name, PlanFacts.Manifest)] = PlanFacts.Digest(group.Attributes.ToString(Formatting.None));
            foreach (var there in found[group.Name])
            {
                AddFleet(there, wanted.GetValueOrDefault(group.Name));
            }
        }

        foreach (var resource in sight.Facts.Resources)
        {
            var group = resource is { Kind: >= ResourceKind.Policy, Parent: { } parent } ? parent : "";
            if (group.Length == 0 ? asked.Count == 0 && fleet.Project.Environment is not null : Names.Contains(group))
            {
                facts[PlanFacts.Key(group, PlanFacts.Resource, $"{ResourceWords.Key(resource.Kind)} {resource.Key}")] =
                    PlanFacts.Digest(string.Join('\n', resource.Values.Concat(resource.Fixed).Select(each => $"{each.Key}={each.Value}"))
                        + string.Concat(resource.Drift));
            }
        }

        if (asked.Count == 0)
        {
            facts[PlanFacts.Key("", PlanFacts.Manifest)] = PlanFacts.Digest(string.Join('\n', desired.Resources
                .Select(each => $"{each.Kind} {each.Key} {string.Join(' ', each.Values.Concat(each.Fixed))}")));
        }

        facts[PlanFacts.Key("", PlanFacts.Apply)] = journal?.Words ?? "";
        return facts.ToImmutable();

        void AddFleet(FoundFleet there, WantedFleet? should)
        {
            void Fact(string what, string? value, string? which = null) => facts[PlanFacts.Key(there.Group, what, which)] = value ?? "";

            Fact(PlanFacts.Fleet, there.Name);
            Fact(PlanFacts.FleetImage, there.Image);
            Fact(PlanFacts.Size, there.Capacity is { } size ? FormattableString.Invariant($"{size.Min} to {size.Max}") : null);
            Fact(PlanFacts.Settings, there.Settings?.ToString());
            Fact(PlanFacts.Run, there.UnderWay);
            foreach (var tag in should?.Tags ?? ImmutableDictionary<string, string>.Empty)
            {
                Fact(PlanFacts.Tag, there.Tags.GetValueOrDefault(tag.Key), tag.Key);
            }
        }
    }
}
