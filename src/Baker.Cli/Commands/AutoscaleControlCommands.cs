using System.Collections.Immutable;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>The commands that look at a fleet and change its size or its processes.</summary>
internal static class AutoscaleControlCommands
{
    /// <summary>For more groups than this the target groups are not asked: each costs a call of its own.</summary>
    private const int AskedForTargets = 20;

    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("autoscale:status", command => Status(command, session));
        app.Command("autoscale:scale", command => Scale(command, session));
        app.Command("autoscale:suspend", command => Processes(command, session, "suspend"));
        app.Command("autoscale:resume", command => Processes(command, session, "resume"));
        app.Command("autoscale:promote", command => Promote(command, session));
        app.Command("autoscale:pause", command => Pause(command, session));
    }

    private static void Promote(CommandLineApplication command, Session session)
    {
        command.Description = "Have the group's canary go on to its next step now, or to the end.";
        var group = command.Argument("group", "The group.");
        var options = FleetOptions.On(command);
        var all = command.Option("--all", "To the end: each of the steps that are left is judged by one look.", CommandOptionType.NoValue);
        Word(command, session, options, "autoscale:promote", group, () => all.HasValue() ? CanaryWord.Finish : CanaryWord.Promote);
    }

    private static void Pause(CommandLineApplication command, Session session)
    {
        command.Description = "Have the group's canary stay at its step, and judge on, until autoscale:promote.";
        var group = command.Argument("group", "The group.");
        Word(command, session, FleetOptions.On(command), "autoscale:pause", group, () => CanaryWord.Pause);
    }

    /// <summary>A word to the run that is at a canary, or to the next one where that has been killed.</summary>
    private static void Word(
        CommandLineApplication command,
        Session session,
        FleetOptions options,
        string name,
        CommandArgument group,
        Func<string> word)
    {
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, name, async fleet =>
        {
            var target = fleet.Target(FleetArguments.Required(group));
            using var change = fleet.Change(
                $"{target.Group.Name}.{name.Replace(':', '-')}",
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate([target.Group], reason: null));
            var controls = new FleetControls(fleet.Context(target.Group));
            await change.ApplyAsync(new FleetControl(controls, target.Group.Name, async stop =>
                await controls.PlanWordAsync(target.Group.Name, word(), stop).ConfigureAwait(false))).ConfigureAwait(false);
            return change.End(ExitCode.Done, $"{target.Group.Name}: the run that is at the canary is told");
        }));
    }

    private static void Status(CommandLineApplication command, Session session)
    {
        command.Description = "Show the fleets: sizes, images, health, what is stale or under way.";
        var groups = command.Argument("group", "The groups; all that have a fleet where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:status", async fleet =>
        {
            var asked = groups.Values.OfType<string>().ToList();
            var seen = await SeeAsync(session, fleet, asked).ConfigureAwait(false);
            if (seen.Reports.Count == 0)
            {
                throw new BakerException(ExitCode.BadInput, "No group has a fleet.", "Give one an \"autoscale\" object.");
            }

            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(
                    StatusText.Json(seen.Reports, seen.Current, seen.WithTargets, fleet.Cloud.Suggested).Indented());
            }
            else
            {
                StatusText.Write(
                    session.Terminal.Out,
                    seen.Reports,
                    seen.Current,
                    withInstances: asked.Count > 0,
                    seen.WithTargets,
                    group => GoneGroups.Words(fleet.Project, isFleetless: seen.Fleetless.Contains(group)),
                    session.Terminal.Columns);
            }

            return ExitCode.Done;
        }));
    }

    /// <summary>Looks at the fleets of these groups; at all that have one where none is named.</summary>
    internal static async Task<FleetsSeen> SeeAsync(Session session, FleetSession fleet, List<string> asked)
    {
        var all = asked.Count == 0 ? fleet.Project.Groups([]) : [];
        var wanted = asked.Count == 0
            ? [.. all.Where(group => group.Autoscale is not null)]
            : await WantedAsync(session, fleet, asked).ConfigureAwait(false);
        foreach (var group in asked.Count == 0 ? [] : wanted)
        {
            await WarnOfNoticeAsync(session, fleet, group).ConfigureAwait(false);
        }

        var known = asked.Count == 0 ? wanted.Select(group => group.Name).ToHashSet() : null;
        var fleetless = all.Concat(wanted)
            .Where(group => group.Autoscale is null && !fleet.Gone.IsGone(group.Name))
            .Select(group => group.Name)
            .ToHashSet();
        var withTargets = wanted.Count <= AskedForTargets;
        var current = new Dictionary<string, string?>(StringComparer.Ordinal);
        var reports = new List<FleetReport>();
        foreach (var place in asked.Count == 0 ? GoneGroups.Regions(all) : wanted.Select(group => group.Region).Distinct())
        {
            var region = wanted.FindAll(group => group.Region == place);
            var channels = region.ToDictionary(group => group.Name, group => group.ImageChannel);
            var read = await new FleetReports(fleet.Context(fleet.Gone.Of(default, place))).ReadAsync(
                [.. region.Select(group => group.Name)],
                withTargets,
                session.Stop,
                known).ConfigureAwait(false);
            reports.AddRange(read.Select(report => report with
            {
                Channel = channels.GetValueOrDefault(report.Group),
                IsGone = fleet.Gone.IsGone(report.Group) || fleetless.Contains(report.Group),
                SizeDrift = region.Find(group => group.Name == report.Group) is { Autoscale: not null } known
                    ? Drift(known, report)
                    : [],
            }));
            foreach (var group in region.Where(group => !fleet.Gone.IsGone(group.Name)))
            {
                current[group.Name] = await fleet.TryFingerprintAsync(group).ConfigureAwait(false);
            }
        }

        return new FleetsSeen(reports, current, withTargets, fleetless);
    }

    /// <summary>Of a fleet that nothing is under way for: until then its bounds are held.</summary>
    private static ImmutableArray<Difference> Drift(NodeGroup group, FleetReport report)
    {
        if (report is not { Journal: null, Fleets: [{ Status: null, Held: null, Capacity: var has }] })
        {
            return [];
        }

        try
        {
            var (min, max) = SizeDrift.Of(has, FleetSettingsReader.Read(group).Capacity, ScalingResources.SizesOf(group));
            return [.. new[] { min, max }.OfType<Difference>()];
        }
        catch (BakerException)
        {
            return []; // the manifest's numbers contradict each other: the fleets are shown all the same
        }
    }

    private static Task WarnOfNoticeAsync(Session session, FleetSession fleet, NodeGroup group) =>
        new NoticeStore(fleet.Context(group)).WarnAsync(group.Name, session.Stop);

    /// <summary>The groups asked for, which may be on the cloud alone.</summary>
    private static async Task<List<NodeGroup>> WantedAsync(Session session, FleetSession fleet, List<string> asked)
    {
        var gone = new List<NodeGroup>();
        foreach (var name in asked.Distinct())
        {
            if (await fleet.Gone.FindAsync(name, session.Stop).ConfigureAwait(false) is { } found)
            {
                gone.Add(found);
            }
        }

        var others = asked.Where(name => !gone.Exists(group => group.Name == name)).ToList();
        return others.Count == 0 ? gone : [.. fleet.Project.Groups(others), .. gone];
    }

    /// <summary>Null also where a file that the group names is missing: the fleets are shown all the same.</summary>
    private static void Scale(CommandLineApplication command, Session session)
    {
        command.Description = "Set the group's size.";
        var group = command.Argument("group", "The group.");
        var number = command.Argument("n", "How many instances it should have.");
        var options = FleetOptions.On(command);
        var min = command.Option("--min <N>", "The least it may have.", CommandOptionType.SingleValue);
        var max = command.Option("--max <N>", "The most it may have.", CommandOptionType.SingleValue);
        var desired = command.Option("--desired <N>", "How many it should have.", CommandOptionType.SingleValue);
        var fromManifest = command.Option(
            "--from-manifest",
            "Give it node_min and node_max of the manifest.",
            CommandOptionType.NoValue);
        var force = command.Option("--force", "Also below two healthy instances in a target group.", CommandOptionType.NoValue);
        var (dryRun, json, reason) = (FleetOptions.DryRun(command), FleetOptions.Json(command), FleetOptions.Override(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:scale", async fleet =>
        {
            var target = fleet.Target(FleetArguments.Required(group));
            var (low, high) = (FleetArguments.Number("--min", min.Value()), FleetArguments.Number("--max", max.Value()));
            if (desired.Value() is { } size && number.Value is { } other)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"--desired {size} says the size, and so does {Quoting.Quote(other)}.",
                    "Give one or the other.");
            }

            var wanted = FleetArguments.Number("--desired", desired.Value()) ?? FleetArguments.Number("The size", number.Value);
            if (fromManifest.HasValue())
            {
                if (low is not null || high is not null)
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        "--from-manifest says the bounds, and so do --min and --max.",
                        "Give one or the other.");
                }
            }
            else if (low is null && high is null && wanted is null)
            {
                throw new BakerException(ExitCode.BadInput, "To what size?", "Give a number, --min, --max, --desired or --from-manifest.");
            }

            using var change = fleet.Change(
                $"{target.Group.Name}.autoscale-scale",
                dryRun.HasValue(),
                json.HasValue(),
                fleet.Gate([target.Group], reason));
            await WarnOfNoticeAsync(session, fleet, target.Group).ConfigureAwait(false);
            if (wanted == 0 || high == 0)
            {
                await new ServicePreflight(fleet, change, session.Stop).EndsAsync(target.Group).ConfigureAwait(false);
            }

            var controls = new FleetControls(fleet.Context(target.Group));
            var scheduled = ScalingResources.SizesOf(target.Group);
            var at = "";
            await change.ApplyAsync(new FleetControl(controls, target.Group.Name, async stop =>
            {
                var (resize, hindered) = await controls.PlanScaleAsync(
                    target.Group.Name,
                    has => fromManifest.HasValue() ? SizeDrift.Bounds(has, target.Settings.Capacity, scheduled) : (low, high),
                    wanted,
                    force.HasValue(),
                    stop).ConfigureAwait(false);
                var (name, before, after) = (resize.Name, resize.Before, resize.After);
                if (hindered is not null)
                {
                    change.Say(
                        $"WARNING {name}: {hindered} is suspended, so that it stays at its size until "
                            + $"{fleet.Cloud.Suggested.Package($"autoscale:resume {target.Group.Name} {hindered}")}.");
                }

                at = before == after ? $"{name} is at {after} already" : $"{name} is set to {after}";
                return before == after ? null : resize;
            })).ConfigureAwait(false);
            return change.End(ExitCode.Done, at);
        }));
    }

    private static void Processes(CommandLineApplication command, Session session, string verb)
    {
        var suspends = verb == "suspend";
        command.Description = suspends
            ? "Suspend scaling processes of the group."
            : "Resume what autoscale:suspend suspended, and no more.";
        var group = command.Argument("group", "The group.");
        var named = command.Argument(
            "process",
            suspends ? "The processes; all where none is named." : "The processes; what was active before where none is named.",
            multipleValues: true);
        var options = FleetOptions.On(command);
        var (dryRun, json) = (FleetOptions.DryRun(command), FleetOptions.Json(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, $"autoscale:{verb}", async fleet =>
        {
            var target = fleet.Target(FleetArguments.Required(group));
            var asked = named.Values.OfType<string>().ToList();
            ScalingProcesses.Check(asked);
            using var change = fleet.Change($"{target.Group.Name}.autoscale-{verb}", dryRun.HasValue(), json.HasValue());
            await WarnOfNoticeAsync(session, fleet, target.Group).ConfigureAwait(false);
            var controls = new FleetControls(fleet.Context(target.Group));
            var ended = "";
            await change.ApplyAsync(new FleetControl(controls, target.Group.Name, async stop =>
            {
                var (name, processes) = suspends
                    ? await controls.PlanSuspendAsync(target.Group.Name, asked, stop).ConfigureAwait(false)
                    : await controls.PlanResumeAsync(target.Group.Name, asked, stop).ConfigureAwait(false);
                ended = processes.Count == 0
                    ? $"{name}: nothing to {verb}"
                    : $"{name}: {string.Join(", ", processes)} {(suspends ? "suspended" : "resumed")}";
                return processes.Count == 0 ? null
                    : suspends ? new ControlStep.Suspend(name, [.. processes])
                    : new ControlStep.Resume(name, [.. processes]);
            })).ConfigureAwait(false);
            return change.End(ExitCode.Done, ended);
        }));
    }
}
