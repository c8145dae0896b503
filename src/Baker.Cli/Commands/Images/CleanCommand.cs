using System.Globalization;
using Baker.Cloud;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cli.Commands.Images;

/// <summary><c>packer:clean</c>: keeps each group's newest images.</summary>
internal sealed class CleanCommand(Session session, CloudSession cloud, NodeProject project)
{
    public const int DefaultKeep = 10;

    /// <summary>Reads <c>-n</c>.</summary>
    public static int Count(string? text)
    {
        if (text is null)
        {
            return DefaultKeep;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new BakerException(ExitCode.BadInput, $"-n {text}: how many images to keep is a whole number, 0 or more.", "-n 10 keeps the newest ten of each group; -n 0 keeps only those in use.");
    }

    public async Task<ExitCode> RunAsync(IReadOnlyList<NodeGroup> groups, int keep, bool dryRun, bool json)
    {
        if (keep == 0)
        {
            session.Terminal.Error.WriteLine("-n 0: every image that nothing uses goes, the newest of each group too.");
        }

        if (!dryRun)
        {
            await RecoverAsync(groups).ConfigureAwait(false);
        }

        var regions = await CatalogReading.ReadAsync(cloud, groups, withOrphans: true, session.Stop).ConfigureAwait(false);
        var plan = CleanPlanner.Plan(regions, keep, session.Time.GetUtcNow());
        var removal = new RemovalCommand(session, cloud);
        removal.Explain(plan, all: dryRun);
        if (plan.Steps.IsEmpty)
        {
            session.Terminal.Error.WriteLine("Nothing to remove.");
        }

        return dryRun ? removal.Show(plan, json) : await removal.ApplyAsync(plan, json).ConfigureAwait(false);
    }

    // First, so that an image that a dead run had begun counts as what it then is.
    private async Task RecoverAsync(IReadOnlyList<NodeGroup> groups)
    {
        var settings = project.Settings;
        var options = new BakeOptions(
            Force: false, KeepOnError: false, Parallel: 1, LocalCloudSetup.StateFolder(project), Path.Combine(project.Folder, settings.BuildsFolder), settings.Bucket, settings.BucketPrefix);
        await new ImageBakery(cloud, options, new RecoveryNotes(session))
            .RecoverAsync(groups.Select(group => group.Region).Distinct(StringComparer.Ordinal), session.Stop).ConfigureAwait(false);
    }
}
