using Baker.Cli.Fleets;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Core;
using Baker.Core.Planning;
using McMaster.Extensions.CommandLineUtils;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Commands;

/// <summary>The notice that a balancer answers with while a group is under maintenance.</summary>
internal static class MaintenanceCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("maintenance:on", command => On(command, session));
        app.Command("maintenance:off", command => Off(command, session));
        app.Command("maintenance:status", command => Status(command, session));
    }

    private static void On(CommandLineApplication command, Session session)
    {
        command.Description = "Have the balancers answer all requests to the groups with a notice; what their rules did is kept.";
        var groups = command.Argument("group", "The groups.", multipleValues: true);
        var options = FleetOptions.On(command);
        var page = command.Option(
            "--page <FILE>",
            "What is answered, at most 1,024 characters; .html, .txt, .json, .css or .js.",
            CommandOptionType.SingleValue);
        var status = command.Option("--status <CODE>", "With which status (default 503).", CommandOptionType.SingleValue);
        var redirect = command.Option("--redirect <URL>", "Send all requests there instead.", CommandOptionType.SingleValue);
        var target = command.Option("--target-group <ARN>", "Have this target group answer instead.", CommandOptionType.SingleValue);
        var changes = FleetChanges.On(command);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "maintenance:on", fleet =>
        {
            var answer = Answer(session, page.Value(), status.Value(), redirect.Value(), target.Value());
            return ApplyAsync(fleet, groups, changes, "on", answer, session.Stop);
        }));
    }

    private static void Off(CommandLineApplication command, Session session)
    {
        command.Description = "Take the notice away: the rules do again what they did, exactly.";
        var groups = command.Argument("group", "The groups.", multipleValues: true);
        var options = FleetOptions.On(command);
        var changes = FleetChanges.On(command);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "maintenance:off", fleet =>
            ApplyAsync(fleet, groups, changes, "off", answer: null, session.Stop)));
    }

    private static void Status(CommandLineApplication command, Session session)
    {
        command.Description = "Show whether a notice is on, since when and by whom.";
        var groups = command.Argument("group", "The groups; all with a fleet where none is named.", multipleValues: true);
        var options = FleetOptions.On(command);
        var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
        command.OnExecute(() => FleetSession.UseAsync(session, options, "maintenance:status", async fleet =>
        {
            var asked = groups.Values.OfType<string>().ToList();
            var shown = new JArray();
            foreach (var group in fleet.Project.Groups(asked).Where(each => asked.Count > 0 || each.Autoscale is not null))
            {
                var notice = await new NoticeStore(fleet.Context(group)).OfReleaseAsync(group.Name, session.Stop)
                    .ConfigureAwait(false);
                shown.Add(new JObject
                {
                    ["group"] = group.Name.ToString(),
                    ["notice"] = notice is null ? "off" : notice.Ends ? "ending" : "on",
                    ["since"] = notice?.Since,
                    ["by"] = notice?.Owner,
                    ["rules"] = notice is null ? new JArray() : new JArray(notice.Places.Select(place => place.Name)),
                });
                if (!json.HasValue())
                {
                    session.Terminal.Out.WriteLine(notice is null
                        ? $"{group.Name}: no notice"
                        : $"{group.Name}: {(notice.Ends ? "a notice goes, which was" : "a notice is")} on since {notice.Since}, by "
                            + $"{notice.Owner}: {string.Join(", ", notice.Places.Select(place => place.Name))}");
                }
            }

            if (json.HasValue())
            {
                session.Terminal.Out.WriteLine(shown.ToString());
            }

            return ExitCode.Done;
        }));
    }

    private static async Task<ExitCode> ApplyAsync(
        FleetSession fleet,
        CommandArgument groups,
        FleetChanges changes,
        string verb,
        string? answer,
        CancellationToken stop)
    {
        var targets = FleetArguments.AllRequired(groups).Select(fleet.Target).ToList();
        using var change = fleet.Change(
            $"{targets[0].Group.Name}.maintenance-{verb}",
            changes.DryRun.HasValue(),
            changes.Json.HasValue(),
            fleet.Gate([.. targets.Select(target => target.Group)], answer is null ? null : changes.Override)); // a notice may always go
        var ended = new List<string>();
        List<NoticeOperation> operations =
        [
            .. targets.Select(target => new NoticeOperation(
                fleet.Context(target.Group),
                target.Group.Name,
                fleet.Run,
                answer,
                changes.BreakLock.HasValue())),
        ];
        if (answer is not null && targets.Count > 1)
        {
            await NoticeOperation.CheckTogetherAsync(operations, stop).ConfigureAwait(false);
        }

        foreach (var (target, operation) in targets.Zip(operations))
        {
            var group = target.Group.Name;
            await change.ApplyAsync(operation).ConfigureAwait(false);
            ended.Add(answer is not null ? $"{group}: the notice is on; maintenance:off {group} takes it away"
                : operation.Notice is null ? $"{group}: no notice is on"
                : $"{group}: the notice is off");
        }

        return change.End(ExitCode.Done, string.Join('\n', ended));
    }

    private static string Answer(Session session, string? page, string? status, string? redirect, string? target)
    {
        if (new[] { page ?? status, redirect, target }.Count(each => each is not null) > 1)
        {
            throw new BakerException(
                ExitCode.BadInput,
                "--page with --status, --redirect and --target-group exclude one another.",
                "Give one of them.");
        }

        return redirect is not null ? NoticeAnswer.Redirect(redirect)
            : target is not null ? NoticeAnswer.TargetGroup(target)
            : NoticeAnswer.Page(page is null ? null : Read(session, page, "--page"), page, status);
    }

    /// <summary>What requests get of a file, with 503; of a line of Baker's where none is named.</summary>
    internal static string AnswerOf(Session session, string? page, string option) =>
        NoticeAnswer.Page(page is null ? null : Read(session, page, option), page, status: null);

    private static string Read(Session session, string page, string option)
    {
        try
        {
            return ProjectFile.ReadText(session, page);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BakerException(ExitCode.BadInput, $"{option} {page} cannot be read: {error.Message}", "Name a file.", error);
        }
    }
}
