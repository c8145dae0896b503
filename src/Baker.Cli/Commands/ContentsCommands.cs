using Baker.Cli.Baking;
using Baker.Cli.Commands.Images;
using Baker.Cli.Fleets;
using Baker.Cli.Sessions;
using Baker.Cloud.Fleets;
using Baker.Cloud.Fleets.Operations;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Commands;

/// <summary><c>image:show</c> and <c>image:diff</c>: what is in images.</summary>
internal static class ContentsCommands
{
    public static void Register(CommandLineApplication app, Session session)
    {
        app.Command("image:show", command =>
        {
            command.Description = "Show an image: what it was made from, who uses it, what is in it.";
            var image = command.Argument("image", "The image, by its id or name.");
            var packages = command.Option("--packages", "List its packages, too.", CommandOptionType.NoValue);
            var options = FleetOptions.On(command);
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            command.OnExecute(() => FleetSession.UseAsync(session, options, "image:show", async fleet =>
            {
                var (found, users) = await FindAsync(session, fleet, FleetArguments.Required(image)).ConfigureAwait(false);
                var contents = await Store(fleet, found.Region).ReadAsync(found.Id, session.Stop).ConfigureAwait(false);
                new ContentsReport(session.Terminal.Out).Show(found, users, contents, packages.HasValue(), json.HasValue());
                return ExitCode.Done;
            }, ofAccount: true));
        });
        app.Command("image:diff", command =>
        {
            command.Description = "Say what one image has that another has not.";
            var before = command.Argument("image", "An image, by its id or name; or a group: what its fleet runs against the newest.");
            var after = command.Argument("other", "The image to compare it with (default: the newest of its group).");
            var options = FleetOptions.On(command);
            var json = command.Option("--json", "Print JSON.", CommandOptionType.NoValue);
            command.OnExecute(() => FleetSession.UseAsync(session, options, "image:diff", async fleet =>
            {
                var asked = FleetArguments.Required(before);
                var old = await OldAsync(session, fleet, asked).ConfigureAwait(false);
                var now = after.Value is { } other
                    ? (await FindAsync(session, fleet, other).ConfigureAwait(false)).Image
                    : await NewestAsync(session, fleet, old).ConfigureAwait(false);
                var (left, right) = (
                    await ContentsAsync(session, fleet, old).ConfigureAwait(false),
                    await ContentsAsync(session, fleet, now).ConfigureAwait(false));
                new ContentsReport(session.Terminal.Out).Compare(
                    old,
                    now,
                    ContentsDifference.Of(left, right),
                    new GitRepositories(fleet.Project, CodeOverride.None).LogBetween,
                    json.HasValue());
                return ExitCode.Done;
            }, ofAccount: true));
        });
    }

    /// <summary>What the fleet of a group runs, or the image that is named.</summary>
    private static async Task<CatalogImage> OldAsync(Session session, FleetSession fleet, string asked)
    {
        if (!GroupName.IsOne(asked) || fleet.Project.Manifest.Find(GroupName.Parse(asked)) is null)
        {
            return (await FindAsync(session, fleet, asked).ConfigureAwait(false)).Image;
        }

        fleet.Project.RequireEnvironment();
        var group = fleet.Project.Groups([asked])[0];
        var reports = await new FleetReports(fleet.Context(group))
            .ReadAsync([group.Name], withTargets: false, session.Stop)
            .ConfigureAwait(false);
        return reports[0].Fleets.Select(view => view.Tags.GetValueOrDefault(FleetTags.Image)).OfType<string>().FirstOrDefault() is { } runs
            ? (await FindAsync(session, fleet, runs).ConfigureAwait(false)).Image
            : throw new BakerException(
                ExitCode.BadInput,
                $"{group.Name} has no fleet whose image could be compared.",
                $"Name two images: {fleet.Cloud.Suggested.Package($"image:list {group.Name}")} shows them.");
    }

    private static async Task<(CatalogImage Image, IReadOnlyList<ImageUser> Users)> FindAsync(
        Session session,
        FleetSession fleet,
        string asked)
    {
        var regions = await CatalogReading
            .ReadAsync(fleet.Cloud, fleet.Project.Groups([]), withOrphans: false, session.Stop)
            .ConfigureAwait(false);
        foreach (var region in regions)
        {
            if (region.Images.FirstOrDefault(image => image.Id == asked || image.Name == asked) is { } found)
            {
                return (found, region.Users.Of(found.Id));
            }
        }

        throw new BakerException(
            ExitCode.BadInput,
            $"No group of the manifest has an image {asked}.",
            $"{fleet.Cloud.Suggested.Package("image:list")} shows the images.");
    }

    private static async Task<CatalogImage> NewestAsync(Session session, FleetSession fleet, CatalogImage image)
    {
        var images = await new ImageCatalog(fleet.Cloud)
            .ReadAsync(image.Region, new HashSet<GroupName> { GroupName.Parse(image.Group) }, session.Stop)
            .ConfigureAwait(false);
        return images.Values
            .Where(other => other.WhyNot(fleet.Cloud.Clock.UtcNow) is null)
            .OrderByDescending(other => other.Created)
            .ThenByDescending(other => other.Name, StringComparer.Ordinal)
            .FirstOrDefault() ?? image;
    }

    private static async Task<ImageContents> ContentsAsync(Session session, FleetSession fleet, CatalogImage image) =>
        await Store(fleet, image.Region).ReadAsync(image.Id, session.Stop).ConfigureAwait(false) ?? throw new BakerException(
            ExitCode.BadInput,
            $"What is in {image.Id} \"{image.Name}\" is not known here: builds/contents has no {image.Id}.cdx.json.",
            "Run this where it was baked, or let bakes keep it in a bucket (__settings__.bucket).");

    private static ContentsStore Store(FleetSession fleet, string region) =>
        ContentsStore.Of(fleet.Cloud.Region(region), fleet.Project.Folder, fleet.Project.Settings);
}
