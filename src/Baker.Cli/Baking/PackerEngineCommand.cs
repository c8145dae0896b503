using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cli.Compiling;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Baking;
using Baker.Cloud.Images.PackerEngine;
using Baker.Cloud.Runs;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Baking;

/// <summary>
/// <c>packer:run --engine packer</c>: an installed HashiCorp Packer on the generated template, one <c>packer build</c> a
/// group.
/// </summary>
internal sealed class PackerEngineCommand(Session session, BakeOrder order, CloudSession cloud, IBakeWatcher watcher)
{
    private readonly string _run = RunId.New(session.Time);
    private readonly ConcurrentDictionary<string, PackageListing> _packages = new(StringComparer.Ordinal);
    private readonly PackerKind _kind = new(order.Project, PackerFormat.Json);

    public async Task<IReadOnlyList<BakeResult>> RunAsync(ImageBakery bakery, IReadOnlyList<BakeInput> inputs)
    {
        if (inputs.FirstOrDefault(input => input.Group.Config is not null) is { } configured)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{configured.Group.Name} has \"config\": true, and a template of HashiCorp Packer brings no baker-node to its image.",
                "Bake it without --engine packer, or write \"config\": false.");
        }

        if (inputs.FirstOrDefault(input => input.Group.Label != input.Group.Name) is { } several)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{several.Group.Name} has several architectures, and a Packer template has one builder.",
                "Bake it without --engine packer.");
        }

        using var places = new SemaphoreSlim(order.Parallel);
        var results = new List<BakeResult>();
        foreach (var generation in Generations.Of(inputs))
        {
            var withoutParent = generation.Select(input => (input.Group, Parent: ParentOf(input, results)))
                .Where(each => each.Parent is { Code: not ExitCode.Done })
                .Select(each => BakeResult.NotBegun(each.Group.Name, each.Parent!))
                .ToList();
            foreach (var result in withoutParent)
            {
                watcher.Ended(result);
            }

            results.AddRange(withoutParent);
            var templated = generation
                .Where(input => !withoutParent.Exists(result => result.Group == input.Group.Name))
                .Select(input => input with { TemplateHash = _kind.HashOf(input.Group) })
                .ToList();
            var comparisons = await bakery.CompareAsync(templated, session.Stop).ConfigureAwait(false);
            var testedAnew = bakery.BakeAsync([.. comparisons.Where(IsToVerify).Select(comparison => comparison.Input)], session.Stop);
            var built = await Task.WhenAll(comparisons
                .Where(comparison => !IsToVerify(comparison))
                .Select(comparison => BuildAsync(comparison, places))).ConfigureAwait(false);
            results.AddRange(await VerifyAsync(bakery, built).ConfigureAwait(false));
            results.AddRange(await testedAnew.ConfigureAwait(false));
        }

        return results;
    }

    private static BakeResult? ParentOf(BakeInput input, List<BakeResult> results) =>
        Generations.ParentOf(input.Group) is { } name ? results.Find(result => result.Group == name) : null;

    private static bool IsToVerify(Comparison comparison) => comparison.UnverifiedImageId is not null;

    /// <summary>Tests what was built, all at once, and records what passed.</summary>
    private async Task<IReadOnlyList<BakeResult>> VerifyAsync(ImageBakery bakery, IReadOnlyList<Built> built)
    {
        var tested = await bakery.VerifyAsync(
            [.. built.Where(each => each.IsUntested).Select(each => (each.Comparison.Input, each.Result.ImageId!))],
            session.Stop).ConfigureAwait(false);
        var results = new List<BakeResult>();
        foreach (var each in built)
        {
            var result = tested.FirstOrDefault(test => test.Group == each.Result.Group) ?? each.Result;
            results.Add(result);
            if (each.IsUntested && result.Outcome == BakeOutcome.Baked)
            {
                await RecordAsync(each.Comparison, each.Images).ConfigureAwait(false);
            }
        }

        return results;
    }

    private async Task<Built> BuildAsync(Comparison comparison, SemaphoreSlim places)
    {
        var group = comparison.Input.Group;
        var began = session.Time.GetTimestamp();
        BakeResult result;
        ImmutableArray<PackerImage> images = [];
        var traces = new PackerTraces();
        if (comparison.CurrentImageId is { } current)
        {
            result = new BakeResult(group.Name, BakeOutcome.UpToDate, ExitCode.Done, TimeSpan.Zero, current, null, null, []);
        }
        else
        {
            await places.WaitAsync(session.Stop).ConfigureAwait(false);
            try
            {
                began = session.Time.GetTimestamp();
                images = await PackAsync(comparison, traces).ConfigureAwait(false);
                var left = await RemainsAsync(group, traces, images, []).ConfigureAwait(false);
                result = new BakeResult(
                    group.Name,
                    left.IsEmpty ? BakeOutcome.Baked : BakeOutcome.Failed,
                    left.IsEmpty ? ExitCode.Done : ExitCode.CloudFailed,
                    session.Time.GetElapsedTime(began),
                    HomeImage(group, images).ImageId,
                    null,
                    left.IsEmpty ? null : "the image is whole, but not everything could be cleaned up",
                    left);
            }
            catch (Exception failure) when (!session.Stop.IsCancellationRequested && CloudFailure.Explain(failure) is not null)
            {
                var error = CloudFailure.Explain(failure)!;
                result = new BakeResult(
                    group.Name,
                    BakeOutcome.Failed,
                    error.Code,
                    session.Time.GetElapsedTime(began),
                    null,
                    null,
                    $"{error.Message}\n  {error.Remedy}",
                    await KeepAsync(group, traces).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
            {
                result = new BakeResult(
                    group.Name,
                    BakeOutcome.Interrupted,
                    ExitCode.Interrupted,
                    session.Time.GetElapsedTime(began),
                    null,
                    null,
                    "interrupted",
                    []);
            }
            finally
            {
                places.Release();
            }
        }

        var isUntested = result.Code == ExitCode.Done && !images.IsDefaultOrEmpty && MustPass(comparison);
        if (!isUntested)
        {
            watcher.Ended(result); // the others end with their tests
        }

        return new Built(result, comparison, images, isUntested);
    }

    /// <summary>The image in the group's region, or the only one.</summary>
    private static PackerImage HomeImage(NodeGroup group, ImmutableArray<PackerImage> images) =>
        images.FirstOrDefault(image => image.Region == group.Region) ?? images[0];

    private bool MustPass(Comparison comparison) => !comparison.Input.Checks.IsEmpty && FingerprintOf(comparison).Length > 0;

    /// <summary>What Packer left and should not have, in the regions that it worked in.</summary>
    private Task<ImmutableArray<Leftover>> RemainsAsync(
        NodeGroup group,
        PackerTraces traces,
        ImmutableArray<PackerImage> images,
        IReadOnlyCollection<string> kept) =>
        PackerRemains.FindAsync(cloud.Region(group.Region), _run, traces, images, kept, cloud.Suggested, session.Time);

    /// <summary>Marks what Packer left for a look, so that the commands on instances know it, and gives all that is left.</summary>
    private async Task<ImmutableArray<Leftover>> KeepAsync(NodeGroup group, PackerTraces traces)
    {
        if (order.OnError != OnError.Keep)
        {
            return await RemainsAsync(group, traces, [], []).ConfigureAwait(false);
        }

        try
        {
            var region = cloud.Region(group.Region);
            var found = await KeptInstance.FindAsync(region, _run, group.Name, session.Stop).ConfigureAwait(false);
            var kept = found.Select(instance => instance.InstanceId).ToList();
            foreach (var id in kept)
            {
                await KeptInstance.MarkAsync(region, id, session.Stop).ConfigureAwait(false);
            }

            return
            [
                .. kept.Select(id => KeptInstance.Describe(id, cloud.Suggested)),
                .. await RemainsAsync(group, traces, [], kept).ConfigureAwait(false),
            ];
        }
        catch (Exception error) when (CloudFailure.Explain(error) is { } reason)
        {
            watcher.Note(group.Name, $"what Packer left could not be marked as kept: {reason.Message}");
            return await RemainsAsync(group, traces, [], []).ConfigureAwait(false);
        }
    }

    private async Task<ImmutableArray<PackerImage>> PackAsync(Comparison comparison, PackerTraces traces)
    {
        var project = order.Project;
        var group = comparison.Input.Group;
        var rehearsal = cloud.CloudName == "local";
        if (rehearsal && comparison.Input.Provisions)
        {
            watcher.Note(
                group.Name,
                "NOT EXECUTED: Packer reaches no instance of the local cloud by SSH, so its provisioners are left out"
                    + (comparison.Input.Checks.IsEmpty ? "" : " and the image is not verified"));
        }

        var template = Path.Combine(
            project.Folder,
            project.InEnvironment(project.Settings.PackerFolder),
            $".{group.Name}.{Environment.ProcessId}.json");
        var rendered = new ArtifactBuffer();
        _kind.Render(
            project.Read(GroupNames.Resolve(project.Manifest, [group.Name])[0]),
            _kind.Layout with { TemplateHash = comparison.Input.TemplateHash, IsRehearsal = rehearsal, Code = comparison.Input.Code },
            rendered);
        Directory.CreateDirectory(Path.GetDirectoryName(template)!);
        if (comparison.Input.Provisions && !rehearsal)
        {
            PackerPayloads.Write(project, comparison.Input, listsPackages: true);
        }

        try
        {
            await File.WriteAllBytesAsync(template, rendered.WrittenMemory, session.Stop).ConfigureAwait(false);
            watcher.StepBegan(group.Name, new PackerBuildStep(group.Name), null);
            var images = await new PackerBuilder(session.Time).BuildAsync(
                new PackerOrder
                {
                    Group = group.Name,
                    TemplatePath = template,
                    RecordPath = Path.Combine(project.Folder, project.BuildsFolder, $"{group.Name}.packer.json"),
                    WorkingFolder = project.Folder,
                    Variables = await VariablesAsync(comparison).ConfigureAwait(false),
                    Environment = rehearsal ? LocalEnvironment(cloud.Credentials!.GetCredentials()) : [],
                    KeepOnError = order.OnError == OnError.Keep,
                    TellPackages = packages => _packages[group.Name] = packages,
                },
                line =>
                {
                    traces.Add(line);
                    watcher.Output(group.Name, line + "\n");
                },
                session.Stop).ConfigureAwait(false);
            if (!MustPass(comparison))
            {
                await RecordAsync(comparison, images).ConfigureAwait(false);
            }

            return images;
        }
        finally
        {
            File.Delete(template);
        }
    }

    private static ImmutableArray<KeyValuePair<string, string>> LocalEnvironment(ImmutableCredentials key) =>
    [
        new("AWS_ACCESS_KEY_ID", key.AccessKey),
        new("AWS_SECRET_ACCESS_KEY", key.SecretKey),
        new("AWS_SESSION_TOKEN", ""),
        new("AWS_EC2_METADATA_DISABLED", "true"),
    ];

    private async Task RecordAsync(Comparison comparison, ImmutableArray<PackerImage> images)
    {
        var group = comparison.Input.Group;
        var image = HomeImage(group, images);
        var record = new BuildRecord(
            group.Name,
            image.ImageId,
            cloud.CloudName,
            image.Region,
            FingerprintOf(comparison),
            comparison.SourceImageId,
            _run,
            session.Time.GetUtcNow())
        {
            Engine = "packer",
            Verification = MustPass(comparison)
                ? new Verification(Passed: true, Verification.TestsOf(comparison.Input.Checks)).ToString()
                : null,
            Code = comparison.Input.Code.Select(tree => tree.Tag),
            Copies = images.Where(other => other != image).Select(other => KeyValuePair.Create(other.Region, other.ImageId)),
        };
        if (record.Fingerprint.Length > 0)
        {
            await KeepContentsAsync(comparison, image, images).ConfigureAwait(false);
        }

        await record.WriteAsync(
            Path.Combine(order.Project.Folder, order.Project.BuildsFolder),
            session.Stop).ConfigureAwait(false);
    }

    /// <summary>As Baker's own engine does. Packer tells an image's id, and EC2 its name.</summary>
    private async Task KeepContentsAsync(Comparison comparison, PackerImage home, ImmutableArray<PackerImage> images)
    {
        var region = cloud.Region(home.Region);
        var found = await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeImagesAsync,
            new DescribeImagesRequest { ImageIds = [home.ImageId] },
            session.Stop).ConfigureAwait(false);
        var contents = ImageContents.Of(
            comparison.Input,
            home.ImageId,
            found.Images?.FirstOrDefault()?.Name ?? home.ImageId,
            session.Time.GetUtcNow(),
            _packages.GetValueOrDefault(comparison.Input.Group.Name)) with
        {
            SourceImageId = comparison.SourceImageId,
            Fingerprint = comparison.Fingerprint,
        };
        var store = ContentsStore.Of(region, order.Project.Folder, order.Project.Settings);
        foreach (var image in images)
        {
            await store.WriteAsync(
                contents with { ImageId = image.ImageId },
                text => watcher.Note(comparison.Input.Group.Name, text),
                session.Stop).ConfigureAwait(false);
        }
    }

    /// <summary>An image without what its group provisions must not pass for current.</summary>
    private string FingerprintOf(Comparison comparison) =>
        cloud.CloudName == "local" && comparison.Input.Provisions ? "" : comparison.Fingerprint;

    private async Task<ImmutableArray<KeyValuePair<string, string>>> VariablesAsync(Comparison comparison)
    {
        var group = comparison.Input.Group;
        var variables = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        variables.Add(new("run", _run));
        variables.Add(new("fingerprint", FingerprintOf(comparison)));
        if (group.Source is SourceImage.ByParameter or SourceImage.ByGroup)
        {
            variables.Add(new("source_ami", comparison.SourceImageId));
        }

        if (cloud.EndpointIn(group.Region) is { } url)
        {
            variables.Add(new("endpoint", url.ToString().TrimEnd('/')));
        }

        if (cloud.CloudName == "local")
        {
            variables.Add(new("rehearsal", "true"));
        }

        var names = group.SecurityGroups.Where(name => !name.StartsWith("sg-", StringComparison.Ordinal)).ToArray();
        if (names.Length > 0)
        {
            variables.Add(new("security_group_ids", string.Join(',', await IdsAsync(group, names).ConfigureAwait(false))));
        }

        return variables.ToImmutable();
    }

    /// <summary>Packer 1.6 looks no security group up by name, so their ids are found for it.</summary>
    private async Task<IEnumerable<string>> IdsAsync(NodeGroup group, string[] names)
    {
        var region = cloud.Region(group.Region);
        var request = new DescribeSecurityGroupsRequest { Filters = [new Filter { Name = "group-name", Values = [.. names] }] };
        var found = (await region.Pacer.SendAsync(
            region.Clients.EC2.DescribeSecurityGroupsAsync,
            request,
            session.Stop).ConfigureAwait(false)).SecurityGroups ?? [];
        var missing = names.Except(found.Select(one => one.GroupName), StringComparer.Ordinal).ToArray();
        if (missing.Length > 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{group.Region} has no security group {string.Join(", ", missing)}, which {group.Name} names.",
                "Make it, or correct security_groups.");
        }

        return found.Select(one => one.GroupId).Concat(group.SecurityGroups.Except(names, StringComparer.Ordinal));
    }

    /// <summary>What came of one group's <c>packer build</c>.</summary>
    private sealed record Built(BakeResult Result, Comparison Comparison, ImmutableArray<PackerImage> Images, bool IsUntested);
}
