using Baker.Cli.Changes;
using Baker.Cli.Clouds;
using Baker.Cli.Projects;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Configuration;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Baking;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cli.Baking;

/// <summary>Carries out a <see cref="BakeOrder"/> and prints how it ended.</summary>
internal static class BakeCommand
{
    /// <param name="clean">Cleans the older images of groups away, as their <c>retention</c> says.</param>
    public static async Task<ExitCode> RunAsync(
        Session session,
        BakeOrder order,
        CloudChoice choice,
        Func<CloudSession, NodeProject, IReadOnlyList<NodeGroup>, Task> clean)
    {
        var project = order.Project;
        var groups = project.Groups(order.Groups).SelectMany(group => group.Variants);
        var inputs = new BakeInputs(project, order.Code).Of([.. groups]);
        if (inputs.Count == 0)
        {
            throw new BakerException(ExitCode.BadInput, "The manifest has no groups.", "Add one to nodes.json; the README has an example.");
        }

        var cloud = await choice.OpenAsync(session, project, "package packer:run").ConfigureAwait(false);
        await using var closing = cloud.ConfigureAwait(false);
        using var progress = new BakeProgress(
            session,
            LocalCloudSetup.LogFolder(project),
            [.. inputs.Select(input => input.Group.Label)],
            order.Json && !order.DryRun);
        var options = Options(order) with { BeforeTrial = KnowSecretsAsync };
        var bakery = new ImageBakery(cloud, options, progress);
        if (order.DryRun)
        {
            return await PlanAsync(session, bakery, inputs, order.Json).ConfigureAwait(false);
        }

        var results = order.Engine == "packer"
            ? await new PackerEngineCommand(session, order, cloud, progress).RunAsync(bakery, inputs).ConfigureAwait(false)
            : await bakery.BakeAsync(inputs, session.Stop).ConfigureAwait(false);
        progress.Dispose();
        var baked = results
            .Where(result => result.Outcome is BakeOutcome.Baked or BakeOutcome.Finished or BakeOutcome.Verified)
            .Select(result => result.Group)
            .ToHashSet(StringComparer.Ordinal);
        var retained = inputs
            .Select(input => input.Group)
            .Where(group => group.Retention is not null && baked.Contains(group.Label))
            .DistinctBy(group => group.Name)
            .ToList();
        if (retained.Count > 0)
        {
            await clean(cloud, project, retained).ConfigureAwait(false);
        }

        if (order.Json)
        {
            new EventLines(session, isFollowed: false).End(BakeReport.Json(results));
        }
        else
        {
            using var report = new StringWriter { NewLine = "\n" };
            BakeReport.Write(report, results);
            session.Terminal.Out.Write(session.Masks.In(report.ToString()));
        }

        return BakeReport.Code(results);

        // The instance that runs a group's tests has what its nodes have.
        async Task KnowSecretsAsync(NodeGroup group, CancellationToken stop)
        {
            var region = cloud.Region(group.Region);
            var store = new ConfigStore(region.Clients, region.Pacer, text => progress.Note(group.Label, text));
            session.Masks.Add(await store.SecretsAsync(group, stop).ConfigureAwait(false));
        }
    }

    private static async Task<ExitCode> PlanAsync(Session session, ImageBakery bakery, IReadOnlyList<BakeInput> inputs, bool json)
    {
        var (plans, salvage) = await bakery.PlanAsync(inputs, session.Stop).ConfigureAwait(false);
        if (json)
        {
            new EventLines(session, isFollowed: false).End(BakeReport.Json(plans, salvage));
        }
        else
        {
            BakeReport.Write(session.Terminal.Out, plans, salvage);
        }

        return salvage.Count > 0 || plans.Any(plan => plan.Steps.Count > 0) ? ExitCode.Changes : ExitCode.Done;
    }

    /// <summary>Bakes what is missing of these groups and of those that they start from, for a command that has more to do.</summary>
    /// <exception cref="BakerException">One of them was not baked.</exception>
    public static async Task BakeAsync(Session session, NodeProject project, CloudSession cloud, IReadOnlyList<string> groups)
    {
        var order = new BakeOrder(project, groups, "baker", Force: false, OnError: null, Parallel: 50, DryRun: false, Json: false);
        var inputs = new BakeInputs(project).Of([.. project.Groups(groups).SelectMany(group => group.Variants)]);
        using var progress = new BakeProgress(
            session,
            LocalCloudSetup.LogFolder(project),
            [.. inputs.Select(input => input.Group.Label)]);
        var results = await new ImageBakery(cloud, Options(order), progress).BakeAsync(inputs, session.Stop).ConfigureAwait(false);
        progress.Dispose();
        if (BakeReport.Code(results) is not ExitCode.Done and var code)
        {
            BakeReport.Write(session.Terminal.Error, results);
            session.Stop.ThrowIfCancellationRequested();
            throw new BakerException(code, "Not every image could be baked.", "Mend what is said above; the same command goes on.");
        }
    }

    private static BakeOptions Options(BakeOrder order)
    {
        var settings = order.Project.Settings;
        return new BakeOptions(
            order.Force,
            order.OnError,
            order.Parallel,
            LocalCloudSetup.StateFolder(order.Project),
            Path.Combine(order.Project.Folder, order.Project.BuildsFolder),
            settings.Bucket,
            settings.BucketPrefix)
        {
            ContentsFolder = Path.Combine(order.Project.Folder, settings.BuildsFolder),
            Tagging = order.Project.Tagging,
            AgentTimeout = settings.AgentTimeout,
            PublicAddressUrl = settings.PublicAddressUrl,
        };
    }
}
