using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary>The commands that make, replace, put back and remove a fleet.</summary>
internal static class AutoscaleChangeCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("autoscale:run", command => Run(command, session));
        app.Command("autoscale:update", command => Update(command, session));
        app.Command("autoscale:rollback", command => Rollback(command, session));
        app.Command("autoscale:delete", command => Delete(command, session));
    }

    private static void Run(CommandLineApplication command, Session session)
    {
        command.Description = "Create the group's Auto Scaling group; an error if one exists.";
        var group = command.Argument("group", "The group.");
        var options = FleetOptions.On(command);
        var image = ImageChoice.On(command);
        var min = command.Option("--min <N>", "Instead of node_min.", CommandOptionType.SingleValue);
        var max = command.Option("--max <N>", "Instead of node_max.", CommandOptionType.SingleValue);
        var desired = command.Option("--desired <N>", "Instead of node_desired.", CommandOptionType.SingleValue);
        var (changes, wait) = (FleetChanges.On(command), FleetOptions.Wait(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:run", async fleet =>
        {
            var target = fleet.Target(FleetArguments.Required(group));
            var capacity = Sized(
                target,
                FleetArguments.Number("--min", min.Value()),
                FleetArguments.Number("--max", max.Value()),
                FleetArguments.Number("--desired", desired.Value()));
            return await changes.ApplyAsync(session, fleet, target, FleetAction.Run, wait.Value(), async (context, service, stop) =>
            {
                var chosen = await fleet.ImageAsync(context, target.Group, image).ConfigureAwait(false);
                return await service.PlanRunAsync(target, fleet.Run, chosen, capacity, stop).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }));
    }

    private static void Update(CommandLineApplication command, Session session)
    {
        command.Description = "Replace the group's instances by ones of the current image; again, to go on.";
        command.ExtendedHelpText = """

            With --strategy replace no request meets both versions: the balancers answer with a
            notice, the old fleets leave their target groups, --before runs (the migration), the
            new fleets come up healthy, --after runs, the notice goes, and the old fleets are kept
            for autoscale:rollback. Several groups have one notice, and come up in the order of
            "after", then of "needs". A task runs once, on one node of the new image, of the
            first group that has it.

            With --strategy canary the new fleet gets a share of the requests that rises by the
            steps of "autoscale": {"canary": {"steps": ["5% 10m", "25% 10m", "100%"], "checks":
            [...]}}. The checks compare it with the old one at every look; where one fails, all
            requests go to the old one again and the new fleet goes (exit code 4).
            """;
        var group = command.Argument("group", "The group; several with --strategy replace.", multipleValues: true);
        var options = FleetOptions.On(command);
        var image = ImageChoice.On(command);
        var strategy = command.Option(
            "--strategy",
            "blue-green (default): a new group beside the old; canary: a little at a time; rolling: an instance refresh; "
                + "replace: under a notice.",
            CommandOptionType.SingleValue).Taking("blue-green", "canary", "rolling", "replace");
        var soak = command.Option(
            "--soak <TIME>",
            "How long both serve before the old is taken out (default: not at all).",
            CommandOptionType.SingleValue);
        var keep = command.Option(
            "--keep <TIME>",
            "How long the old group is kept (default: the manifest's timeout).",
            CommandOptionType.SingleValue);
        var noWait = command.Option(
            "--no-wait",
            "Come back while the old group is kept; the next update retires it.",
            CommandOptionType.NoValue);
        var alarms = command.Option(
            "--alarm <NAME>",
            "A CloudWatch alarm that ends the update when it goes off; may be repeated.",
            CommandOptionType.MultipleValue);
        var approve = command.Option(
            "--approve",
            "With canary: wait for autoscale:promote between the steps.",
            CommandOptionType.NoValue);
        var page = command.Option(
            "--maintenance <FILE>",
            "With replace: the notice, as maintenance:on --page has it (default: a line of text).",
            CommandOptionType.SingleValue);
        var before = command.Option(
            "--before <TASK>",
            "With replace: a task of the manifest, run once while nothing serves.",
            CommandOptionType.SingleValue);
        var after = command.Option(
            "--after <TASK>",
            "With replace: a task, run once before the notice goes.",
            CommandOptionType.SingleValue);
        var undo = command.Option(
            "--undo <TASK>",
            "With replace: the task that a rollback runs to take back what --before did.",
            CommandOptionType.SingleValue);
        var min = command.Option("--min <N>", "The minimum of the new group (default: the old one's).", CommandOptionType.SingleValue);
        var max = command.Option("--max <N>", "The maximum of the new group (default: the old one's).", CommandOptionType.SingleValue);
        var desired = command.Option(
            "--desired <N>",
            "The size of the new group (default: the old one's).",
            CommandOptionType.SingleValue);
        var force = command.Option(
            "--force",
            "Replace a fleet that is current, too; also by a size below two healthy instances in a target group.",
            CommandOptionType.NoValue);
        var onError = command.Option(
            "--on-error",
            "cleanup (default), or keep: where it is taken back, nodes that are not healthy stay, in quarantine.",
            CommandOptionType.SingleValue).Taking("cleanup", "keep");
        var moves = command.Option(
            "--move-alarms",
            "Point the alarms of yours that watch the old group at the new one.",
            CommandOptionType.NoValue);
        var (changes, wait) = (FleetChanges.On(command), FleetOptions.Wait(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:update", async fleet =>
        {
            var names = FleetArguments.AllRequired(group);
            var isReplaced = strategy.Value() == "replace";
            var size = (
                FleetArguments.Number("--min", min.Value()),
                FleetArguments.Number("--max", max.Value()),
                FleetArguments.Number("--desired", desired.Value()));
            Refuse(
                strategy.Value() is "replace" or "rolling" or "canary",
                $"does not go with --strategy {strategy.Value()}",
                "The group keeps its size; autoscale:scale changes it, before or afterwards.",
                min,
                max,
                desired);
            Refuse(
                isReplaced || strategy.Value() == "rolling",
                $"does not go with --strategy {strategy.Value()}",
                isReplaced ? "Move them by hand once the old groups are gone." : "The group stays the one that they point at.",
                moves);
            Refuse(
                isReplaced || strategy.Value() == "rolling",
                $"does not go with --strategy {strategy.Value()}",
                "instance:quarantine keeps a node.",
                onError);
            var isCanary = strategy.Value() == "canary";
            Refuse(!isCanary, "goes with --strategy canary", "Without it there are no steps to approve of.", approve);
            Refuse(isCanary, "does not go with --strategy canary", "Its steps say how long both serve.", soak);
            Refuse(!isReplaced, "goes with --strategy replace", "Without it both versions serve side by side.", page, before, after, undo);
            Refuse(isReplaced, "does not go with --strategy replace", "Old and new never serve at the same time then.", soak);
            Refuse(
                strategy.Value() == "rolling",
                "does not go with --strategy rolling",
                "No old group is kept beside a new one.",
                soak,
                keep);
            var releases = new FleetReleases(session, fleet);
            var underWay = await releases.FindAsync(names).ConfigureAwait(false);
            if (underWay is not null || isReplaced)
            {
                if (image.Image is not null && names.Count > 1)
                {
                    throw new BakerException(
                        ExitCode.BadInput,
                        "--image names the image of one group.",
                        "Several get the newest that is current, or that of their image_channel.");
                }

                CommandOption[] others = [soak, keep, min, max, desired, moves, onError, approve, alarms];
                if (!isReplaced && NotTaken(others) is { } late)
                {
                    session.Terminal.Error.WriteLine(
                        $"WARNING {late}: the release of {string.Join(' ', underWay!)} goes on as it was begun.");
                }

                var asked = releases.Ordered(names);
                names = underWay ?? asked;
                return await releases.ApplyAsync(
                    changes,
                    names,
                    goesBack: false,
                    new ReleaseOptions(
                        MaintenanceCommands.AnswerOf(session, page.Value(), "--maintenance"),
                        releases.TaskOf("--before", before.Value(), names),
                        releases.TaskOf("--after", after.Value(), names),
                        releases.TaskOf("--undo", undo.Value(), names),
                        keep.Value() is { } held ? FleetArguments.Duration("--keep", held) : null,
                        [.. alarms.Values.OfType<string>()]),
                    image,
                    wait.Value(),
                    whileWarm: !noWait.HasValue(),
                    next: isReplaced ? asked : []).ConfigureAwait(false);
            }

            NeedOne(names, "autoscale:update takes several groups with --strategy replace, under one notice.");
            var how = new UpdateOptions(
                IsRolling(strategy.Value()),
                soak.Value() is { } time ? FleetArguments.Duration("--soak", time) : TimeSpan.Zero,
                keep.Value() is { } kept ? FleetArguments.Duration("--keep", kept) : null,
                [.. alarms.Values.OfType<string>()])
            {
                Size = size,
                LeavesFew = force.HasValue(),
                SparesCurrent = !force.HasValue(),
                MovesAlarms = moves.HasValue(),
                KeepsSick = onError.Value() switch
                {
                    null or "cleanup" => false,
                    "keep" => true,
                    var other => throw new BakerException(
                        ExitCode.BadInput,
                        $"There is no --on-error {other}.",
                        "It takes cleanup or keep."),
                },
            };
            var target = fleet.Target(names[0]);
            if (isCanary)
            {
                how = how with { Canary = CanaryOf(target), Approves = approve.HasValue() };
                JudgeScripts.Need(fleet.Project, how.Canary);
            }

            FleetJournal? finished = null;
            return await changes.ApplyAsync(session, fleet, target, FleetAction.Update, wait.Value(), async (context, service, stop) =>
            {
                // What is under way goes on with its own image, whatever is the newest now.
                if (await service.FindPendingUpdateAsync(target.Group.Name, stop).ConfigureAwait(false) is { } pending)
                {
                    finished = pending.Journal;
                    return GoingOn(
                        context,
                        pending,
                        soak.HasValue() ? how.Soak : null,
                        [min, max, desired],
                        [keep, moves, onError, approve, alarms]);
                }

                var chosen = await fleet.ImageAsync(context, target.Group, image).ConfigureAwait(false);
                var judged = finished is null || finished.Image == chosen.Id
                    ? how
                    : Judged(fleet, finished, how, chosen, target, strategy.Value());
                var change = await service.PlanUpdateAsync(target, fleet.Run, chosen, judged, stop).ConfigureAwait(false);
                if (change.IsCurrent)
                {
                    var name = target.Group.Name;
                    Refuse(true, $"is of no use: {name} is current", $"autoscale:scale {name} sizes it as it is.", min, max, desired);
                }
                else if (change.Journal.Old is { } old
                    && RolledBack.Again(await new FleetReader(context).NeedAsync(old, stop).ConfigureAwait(false), chosen.Id) is { } again)
                {
                    context.Say(again);
                }

                return change;
            }, whileWarm: !noWait.HasValue()).ConfigureAwait(false);
        }));
    }

    /// <summary>What is under way, as it was begun: of the options only the time for which both serve can still be changed.</summary>
    private static FleetChange GoingOn(
        FleetContext context,
        FleetChange pending,
        TimeSpan? soak,
        CommandOption[] sizes,
        CommandOption[] others)
    {
        var journal = pending.Journal;
        if (NotTaken([.. sizes, .. others]) is { } late)
        {
            context.Say($"WARNING {late}: what {journal.Owner} began goes on as it was begun."
                + (NotTaken(sizes) is null ? "" : $" While both serve, autoscale:scale {journal.Group} sizes the new group."));
        }

        if (soak is not { } time || time == journal.Soak)
        {
            return pending;
        }

        if (FleetPlan.Soaking(journal, time) is { } longer)
        {
            if (FleetPlan.HasBegun(journal, "hold"))
            {
                context.Say($"  {journal.Old} stays held at its size meanwhile");
            }

            return pending with { Journal = longer, IsAltered = true };
        }

        context.Say("WARNING --soak is not taken: " + (journal.Action == FleetAction.Roll ? "a rolling update has no old group that serves."
            : FleetPlan.HasBegun(journal, "detach") ? "both do not serve any more."
            : $"{journal.Old} is being taken out (step {journal.Step})."));
        return pending;
    }

    private static string? NotTaken(CommandOption[] options) =>
        options.Where(option => option.HasValue()).Select(option => $"--{option.LongName}").ToList() switch
        {
            [] => null,
            [var one] => $"{one} is not taken",
            var all => $"{string.Join(", ", all.SkipLast(1))} and {all[^1]} are not taken",
        };

    /// <summary>A canary that an earlier run began has told nothing of the image that comes after it.</summary>
    private static UpdateOptions Judged(
        FleetSession fleet,
        FleetJournal finished,
        UpdateOptions how,
        FleetImage image,
        FleetTarget target,
        string? strategy)
    {
        if (finished.Canary is not null && strategy is not (null or "canary"))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{image.Id} would come by --strategy {strategy}, judged by nothing, after a canary of {finished.Image}.",
                $"Say autoscale:update {finished.Group} --strategy {strategy} again where that is meant.");
        }

        var next = how.After(finished, target.Settings.Canary);
        if (next.Canary is { } canary)
        {
            JudgeScripts.Need(fleet.Project, canary);
        }

        return next;
    }

    private static void Rollback(CommandLineApplication command, Session session)
    {
        command.Description = "Put the old group back, while an update is under way or keeps it.";
        var group = command.Argument("group", "The group; of what was released together, all go back.", multipleValues: true);
        var options = FleetOptions.On(command);
        var undo = command.Option(
            "--undo <TASK>",
            "Of a release: the task of the manifest that takes back what --before did, run once on a node of the new image.",
            CommandOptionType.SingleValue);
        var (changes, wait) = (FleetChanges.On(command), FleetOptions.Wait(command));
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:rollback", async fleet =>
        {
            var names = FleetArguments.AllRequired(group);
            var releases = new FleetReleases(session, fleet);
            var gone = names is [var one] ? await fleet.Gone.FindAsync(one, session.Stop).ConfigureAwait(false) : null;
            if (gone is null && await releases.FindAsync(names).ConfigureAwait(false) is { } together)
            {
                var how = new ReleaseOptions("", null, null, releases.TaskOf("--undo", undo.Value(), together), null, []);
                return await releases.ApplyAsync(
                    changes,
                    together,
                    goesBack: true,
                    how,
                    ImageChoice.Usual,
                    wait.Value(),
                    whileWarm: true).ConfigureAwait(false);
            }

            Refuse(true, "goes with a release that is under way", "There is none of this group: nothing was migrated.", undo);
            NeedOne(names, "These groups were not released together.");
            var target = gone is null ? await fleet.TargetWithGoneAsync(names[0]).ConfigureAwait(false)
                : fleet.TargetOf(gone, new FleetSettings());
            return await changes.ApplyAsync(session, fleet, target, FleetAction.Rollback, wait.Value(), (_, service, stop) =>
                service.PlanRollbackAsync(target.Group.Name, stop)).ConfigureAwait(false);
        }));
    }

    private static void Delete(CommandLineApplication command, Session session)
    {
        command.Description = "Drain, empty and delete the group's Auto Scaling group; never by force. Asks first.";
        var group = command.Argument("group", "The group.");
        var options = FleetOptions.On(command);
        var changes = FleetChanges.On(command);
        var confirmation = Confirmation.On(command);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "autoscale:delete", async fleet =>
        {
            var target = await fleet.TargetWithGoneAsync(FleetArguments.Required(group)).ConfigureAwait(false);
            return await changes.ApplyAsync(session, fleet, target, FleetAction.Delete, wait: null, async (context, service, stop) =>
            {
                var change = await service.PlanDeleteAsync(target, fleet.Run, stop).ConfigureAwait(false);
                if (confirmation.IsAsked && !change.IsContinued && !changes.DryRun.HasValue())
                {
                    var view = await new FleetReader(context).NeedAsync(change.Journal.Old!, stop).ConfigureAwait(false);
                    await confirmation.AskAsync(
                        session,
                        fleet.Cloud,
                        [target.Group.Region],
                        fleet.Project.Environment?.Name.ToString(),
                        [$"{view.Name} of {target.Group.Name} has {view.Instances.Length} "
                            + $"instance{(view.Instances.Length == 1 ? "" : "s")} in {view.TargetGroups.Length} "
                            + $"target group{(view.TargetGroups.Length == 1 ? "" : "s")}."],
                        "Take it out of service and delete it?",
                        "nothing was changed").ConfigureAwait(false);
                }

                return change;
            }).ConfigureAwait(false);
        }));
    }

    private static void Refuse(bool when, string words, string remedy, params CommandOption[] options)
    {
        if (when && options.FirstOrDefault(option => option.HasValue()) is { } given)
        {
            throw new BakerException(ExitCode.BadInput, $"--{given.LongName} {words}.", remedy);
        }
    }

    private static void NeedOne(IReadOnlyList<string> names, string words)
    {
        if (names.Count > 1)
        {
            throw new BakerException(ExitCode.BadInput, words, "Name one group, and the next in a command of its own.");
        }
    }

    private static CanarySettings CanaryOf(FleetTarget target) => target.Settings.Canary ?? throw new BakerException(
        ExitCode.BadInput,
        $"{target.Group.Name} does not say how a canary goes: its \"autoscale\" has no \"canary\".",
        "Give it one, such as \"canary\": {\"steps\": [\"5% 10m\", \"25% 10m\", \"100%\"], "
            + "\"checks\": [{\"metric\": \"5xx\", \"max\": 1}]}.");

    private static bool IsRolling(string? strategy) => strategy switch
    {
        null or "blue-green" or "canary" => false,
        "rolling" => true,
        _ => throw new BakerException(
            ExitCode.BadInput,
            $"There is no strategy '{strategy}'.",
            "--strategy takes blue-green, canary, rolling or replace."),
    };

    private static Capacity Sized(FleetTarget target, int? min, int? max, int? desired)
    {
        var written = target.Settings.Capacity;
        var low = min ?? Math.Min(written.Min, max ?? desired ?? written.Min);
        var want = desired ?? Math.Max(low, Math.Min(written.Desired, max ?? written.Desired));
        var capacity = new Capacity(low, max ?? Math.Max(written.Max, want), want);
        return capacity.Min <= capacity.Desired && capacity.Desired <= capacity.Max
            ? capacity
            : throw new BakerException(
                ExitCode.BadInput,
                $"A minimum of {capacity.Min}, {capacity.Desired} wanted and a maximum of {capacity.Max} contradict each other.",
                "They should rise in that order.");
    }
}
