using System.Globalization;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Baking;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Commands.Images;

/// <summary><c>packer:clean</c>: keeps each group's newest images.</summary>
internal sealed class CleanCommand(Session session, CloudSession cloud, NodeProject project)
{
    /// <summary>Reads <c>-n</c>; null where it was not given.</summary>
    public static int? Count(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new BakerException(
                ExitCode.BadInput,
                $"-n {text}: how many images to keep is a whole number, 0 or more.",
                "-n 10 keeps the newest ten of each group; -n 0 keeps only those in use.");
    }

    public async Task<ExitCode> RunAsync(IReadOnlyList<NodeGroup> groups, int? keep, Confirmation confirmation, bool dryRun, bool json)
    {
        if (!dryRun)
        {
            confirmation.Require(session);
        }

        if (keep == 0)
        {
            session.Terminal.Error.WriteLine("-n 0: every image that nothing uses goes, the newest of each group too.");
        }

        // First, so that an image that a dead run had begun counts as what it then is; where a person is asked, after the answer.
        var isLater = dryRun || confirmation.IsAsked;
        var salvage = await RecoverAsync(groups, isPlan: isLater).ConfigureAwait(false);
        var regions = await CatalogReading.ReadAsync(cloud, groups, withOrphans: true, session.Stop).ConfigureAwait(false);
        var own = regions.Select(region => region.Of(project.Environment?.Name)).ToList();
        var plan = await Abroad().SpareAsync(
            own,
            () => CleanPlanner.Plan(
                own,
                name => keep is { } count ? new Retention(count) : RetentionOf(groups, name),
                cloud.Clock.UtcNow).Without(salvage),
            session.Stop).ConfigureAwait(false);
        var removal = new RemovalCommand(session, cloud, project);
        removal.Explain(plan, all: dryRun);
        if (plan.Steps.IsEmpty && salvage.Count == 0)
        {
            session.Terminal.Error.WriteLine("Nothing to remove.");
        }

        if (dryRun)
        {
            return removal.Show(plan, json, salvage);
        }

        await removal.AskAsync(plan, salvage, own.Select(region => region.Region), confirmation).ConfigureAwait(false);
        if (salvage.Count > 0)
        {
            await RecoverAsync(groups, isPlan: false).ConfigureAwait(false);
        }

        return await removal.ApplyAsync(plan, json).ConfigureAwait(false);
    }

    /// <summary>
    /// Cleans as the groups' <c>retention</c> says, after bakes that ended well; what cannot be removed is told, and no more.
    /// </summary>
    public async Task AfterBakesAsync(IReadOnlyList<NodeGroup> groups)
    {
        var regions = await CatalogReading.ReadAsync(cloud, groups, withOrphans: false, session.Stop).ConfigureAwait(false);
        var own = regions.Select(region => region.Of(project.Environment?.Name)).ToList();
        var plan = await Abroad().SpareAsync(
            own,
            () => CleanPlanner.Plan(own, name => RetentionOf(groups, name), cloud.Clock.UtcNow),
            session.Stop).ConfigureAwait(false);
        var removal = RemovalCommand.Operation(cloud, project, plan.Steps);
        var end = await new ChangeEngine(new RemovalProgress(session.Terminal.Error), session.Time)
            .RunAsync(removal, session.Stop)
            .ConfigureAwait(false);
        if (end.Failure is { } failure)
        {
            var why = CloudFailure.Explain(failure)?.Message ?? failure.Message;
            session.Terminal.Error.WriteLine($"old images could not be cleaned away: {why}");
        }

        foreach (var one in removal.Remaining)
        {
            session.Terminal.Error.WriteLine($"{one}\n    {one.Command}");
        }
    }

    private AbroadUsers Abroad() => new(cloud, project.Settings.Accounts, session.Terminal.Error.WriteLine);

    private static Retention RetentionOf(IReadOnlyList<NodeGroup> groups, string name) =>
        groups.FirstOrDefault(group => group.Name == name)?.Retention ?? Retention.Usual;

    /// <summary>Finishes or removes what dead runs left and failed ones kept, or says what would be done.</summary>
    private async Task<IReadOnlyList<Salvage>> RecoverAsync(IReadOnlyList<NodeGroup> groups, bool isPlan)
    {
        var settings = project.Settings;
        var options = new BakeOptions(
            Force: false,
            OnError: null,
            Parallel: 1,
            LocalCloudSetup.StateFolder(project),
            Path.Combine(project.Folder, project.BuildsFolder),
            settings.Bucket,
            settings.BucketPrefix)
        {
            Environment = project.Environment?.Name,
        };
        var bakery = new ImageBakery(cloud, options, new RecoveryLines(session));
        var names = groups.Select(group => group.Name.ToString()).ToHashSet(StringComparer.Ordinal);
        var regions = groups.Select(group => group.Region).Distinct(StringComparer.Ordinal);
        if (isPlan)
        {
            return await bakery.PlanRecoveryAsync(regions, names, session.Stop).ConfigureAwait(false);
        }

        await bakery.RecoverAsync(regions, names, session.Stop).ConfigureAwait(false);
        return [];
    }
}
