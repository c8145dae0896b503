using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Commands.Images;

/// <summary><c>packer:delete</c>: removes all images of the groups named, their Packer templates and records, or nothing.</summary>
internal sealed class DeleteCommand(Session session, CloudSession cloud, NodeProject project)
{
    public async Task<ExitCode> RunAsync(IReadOnlyList<NodeGroup> groups, Confirmation confirmation, bool dryRun, bool json)
    {
        var regions = await CatalogReading.ReadAsync(cloud, groups, withOrphans: true, session.Stop).ConfigureAwait(false);
        var files = groups.SelectMany(Files).ToList();
        var own = regions.Select(region => region.Of(project.Environment?.Name)).ToList();
        var plan = await new AbroadUsers(cloud, project.Settings.Accounts, session.Terminal.Error.WriteLine).SpareAsync(
            own,
            () => DeletePlanner.Plan(own, files, cloud.Clock.UtcNow),
            session.Stop).ConfigureAwait(false);
        var removal = new RemovalCommand(session, cloud, project);
        removal.Explain(plan, all: true);
        if (!plan.Kept.IsEmpty)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{plan.Kept.Length} image{(plan.Kept.Length == 1 ? " is" : "s are")} still needed; nothing was removed.",
                "Remove what uses them first (autoscale:delete, instance:terminate, image:demote), "
                    + "or remove the others with packer:clean.");
        }

        if (plan.Steps.IsEmpty)
        {
            session.Terminal.Error.WriteLine("Nothing to remove.");
        }

        if (dryRun)
        {
            return removal.Show(plan, json, []);
        }

        await removal.AskAsync(plan, [], own.Select(region => region.Region), confirmation).ConfigureAwait(false);
        return await removal.ApplyAsync(plan, json).ConfigureAwait(false);
    }

    /// <summary>In a chosen environment those of it alone; else those of all.</summary>
    private IEnumerable<RemovalStep.RemoveFile> Files(NodeGroup group) => project.Environment is not null
        ? Files(project, group)
        : project.Manifest.Environments.Select(project.In).Prepend(project).SelectMany(each => Files(each, group));

    private static IEnumerable<RemovalStep.RemoveFile> Files(NodeProject project, NodeGroup group) =>
        PackerFormat.All.Select(format => $"{project.InEnvironment(project.Settings.PackerFolder)}/{group.Name}{format.Extension}")
        .Concat(group.Variants.Select(variant => $"{project.BuildsFolder}/{variant.Label}.json"))
        .Append($"{project.BuildsFolder}/{group.Name}.packer.json")
        .Select(name => new RemovalStep.RemoveFile(Path.Combine(project.Folder, name), name))
        .Where(file => File.Exists(file.Path));
}
