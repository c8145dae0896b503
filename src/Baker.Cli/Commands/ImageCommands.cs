using Baker.Cli.Baking;
using Baker.Cli.Clouds;
using Baker.Cli.Commands.Images;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Images.Baking;
using Baker.Core;
using Baker.Core.Merging;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>image:list</c>, <c>packer:clean</c> and <c>packer:delete</c>: the images that there are, and their end.</summary>
internal static class ImageCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("image:list", command =>
        {
            command.Description = "List the groups' images, newest first, and who uses them.";
            var groups = command.Argument("group", "The groups (default: all).", multipleValues: true);
            var abroad = AccountChoice.On(command, "The copies that this other account has");
            var tree = command.Option("--tree", "Put each image below the one that it was made from.", CommandOptionType.NoValue);
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            OnCloud(command, session, groups, "package image:list", async (cloud, project, chosen) =>
            {
                var account = abroad.In(project);
                var owner = account is null ? cloud
                    : await cloud.InAsync(account, account.Regions.FirstOrDefault() ?? chosen[0].Region).ConfigureAwait(false);
                var now = new List<(NodeGroup Group, BakeInputs Inputs)>();
                foreach (var view in project.Views())
                {
                    var inputs = new BakeInputs(view);
                    var asked = chosen.Select(group => group.Name).ToHashSet();
                    var variants = view.Manifest.Groups
                        .Where(entry => asked.Contains(entry.Name))
                        .Select(view.Build)
                        .SelectMany(group => group.Variants)
                        .ToList();
                    inputs.Begin(variants);
                    now.AddRange(variants.Select(group => (group, inputs)));
                }

                var fingerprints = new CurrentFingerprints(cloud);
                return await new ImageListing(
                    session,
                    owner,
                    [.. now.Select(each => each.Group)],
                    (index, stop) => fingerprints.OfAsync(now[index].Inputs.Of(now[index].Group), stop),
                    account).RunAsync(chosen, tree.HasValue(), json.HasValue()).ConfigureAwait(false);
            });
        });
        app.Command("packer:clean", command =>
        {
            command.Description = "Keep each group's newest images, remove the others and their snapshots.";
            var groups = command.Argument("group", "The groups (default: all).", multipleValues: true);
            var number = command.Option(
                "-n|--keep <N>",
                "How many available images of each group to keep "
                    + $"(default: its retention, else {Retention.Usual.Images}); one in use is always kept.",
                CommandOptionType.SingleValue);
            var confirmation = Confirmation.On(command);
            var dryRun = command.Option(
                "--dry-run",
                "Say what would be removed and why the rest stays; exit 2 if there is anything.",
                CommandOptionType.NoValue);
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            OnCloud(command, session, groups, "package packer:clean", (cloud, project, chosen) =>
                new CleanCommand(session, cloud, project).RunAsync(
                    chosen,
                    CleanCommand.Count(number.Value()),
                    confirmation,
                    dryRun.HasValue(),
                    json.HasValue()));
        });
        app.Command("packer:delete", command =>
        {
            command.Description = "Remove all images of the groups named, and their Packer templates.";
            var groups = command.Argument("group", "The groups; at least one.", multipleValues: true);
            var confirmation = Confirmation.On(command);
            var dryRun = command.Option("--dry-run", "Say what would be removed; exit 2 if there is anything.", CommandOptionType.NoValue);
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            OnCloud(command, session, groups, "package packer:delete", (cloud, project, chosen) =>
                new DeleteCommand(session, cloud, project).RunAsync(
                    chosen,
                    confirmation,
                    dryRun.HasValue(),
                    json.HasValue()), mustName: true);
        });
    }

    internal static void OnCloud(
        CommandLineApplication command,
        Session session,
        CommandArgument groups,
        string holder,
        Func<CloudSession, NodeProject, IReadOnlyList<NodeGroup>, Task<ExitCode>> run,
        bool mustName = false)
    {
        var manifest = ManifestOptions.On(command);
        var choice = CloudChoice.On(command);
        command.OnExecute(async () =>
        {
            var project = manifest.Load(session);
            var asked = groups.Values.OfType<string>().ToArray();
            if (mustName && asked.Length == 0)
            {
                throw new BakerException(
                    ExitCode.BadInput,
                    $"{command.Name} removes nothing without the name of a group.",
                    $"Name the groups: package {command.Name} GROUP …");
            }

            var chosen = project.Groups(asked);
            var cloud = await choice.OpenAsync(session, project, holder).ConfigureAwait(false);
            await using var closing = cloud.ConfigureAwait(false);
            return (int)await run(cloud, project, chosen).ConfigureAwait(false);
        });
    }
}
