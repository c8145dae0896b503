using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Launching;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Fleets;

/// <summary>Launch templates: one for each Auto Scaling group, under its name; a rolling update adds a version.</summary>
public sealed class LaunchTemplates(FleetContext context)
{
    /// <summary>Creates the template of a new Auto Scaling group, or finds the one that this run created before.</summary>
    public async Task CreateAsync(FleetTarget target, string name, string image, string run, CancellationToken stop)
    {
        var request = new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = name,
            ClientToken = Token(run, name),
            VersionDescription = run,
            LaunchTemplateData = await DataAsync(target.Group, image, run, stop).ConfigureAwait(false),
            TagSpecifications =
                [new TagSpecification { ResourceType = ResourceType.LaunchTemplate, Tags = Tags(target.Group, name, run) }],
        };
        try
        {
            await context.Pacer.SendAsync(context.Clients.EC2.CreateLaunchTemplateAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error)
            when (error.ErrorCode is "InvalidLaunchTemplateName.AlreadyExistsException" or "InvalidLaunchTemplateName.AlreadyExists")
        {
            var existing = await FindAsync(name, stop).ConfigureAwait(false);
            if (Tag(existing, BakerTags.Run) == run)
            {
                return;
            }

            if (await IsLeftAsync(existing, target.Group.Name, stop).ConfigureAwait(false))
            {
                context.Say($"  {name} is gone, and has left its launch template, which is made anew");
                await DeleteAsync(name, stop).ConfigureAwait(false);
                await context.Pacer.SendAsync(context.Clients.EC2.CreateLaunchTemplateAsync, request, stop).ConfigureAwait(false);
            }
            else
            {
                var removal = context.Suggested.Aws(context.Clients.Region, $"ec2 delete-launch-template --launch-template-name {name}");
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"There is a launch template {name} already, of another run.",
                    $"When nothing uses it: {removal}",
                    error);
            }
        }
    }

    /// <summary>
    /// Adds a version to the template of an Auto Scaling group where it is ours, else makes a template; gives the name and
    /// the number.
    /// </summary>
    public async Task<(string Name, string Version)> AddVersionAsync(
        FleetTarget target,
        string groupName,
        string current,
        string image,
        string run,
        CancellationToken stop)
    {
        var name = current.Split(':')[0];
        var existing = await FindAsync(name, stop).ConfigureAwait(false);
        if (Tag(existing, BakerTags.Group) is null)
        {
            name = groupName;
            if (await FindAsync(name, stop).ConfigureAwait(false) is null)
            {
                await CreateAsync(target, name, image, run, stop).ConfigureAwait(false);
                return (name, "1");
            }
        }

        if (await VersionOfRunAsync(name, run, stop).ConfigureAwait(false) is { } before)
        {
            return (name, before);
        }

        // Everything is given: without a source version nothing is inherited, so nothing old stays by accident.
        var request = new CreateLaunchTemplateVersionRequest
        {
            LaunchTemplateName = name,
            ClientToken = Token(run, name),
            VersionDescription = run,
            LaunchTemplateData = await DataAsync(target.Group, image, run, stop).ConfigureAwait(false),
        };
        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.CreateLaunchTemplateVersionAsync,
            request,
            stop).ConfigureAwait(false);
        return (name, Number(reply.LaunchTemplateVersion.VersionNumber));
    }

    /// <summary>Those of the scope that Baker made, by the names of the Auto Scaling groups that they were made for.</summary>
    public async Task<List<string>> AllAsync(CancellationToken stop)
    {
        var names = new List<string>();
        var request = new DescribeLaunchTemplatesRequest
        {
            MaxResults = 200,
            Filters = [new Filter { Name = "tag-key", Values = [BakerTags.Group] }, .. context.Scope.Instances],
        };
        var pages = context.Pacer.PagesAsync(
            context.Clients.EC2.DescribeLaunchTemplatesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            names.AddRange((page.LaunchTemplates ?? [])
                .Where(each => context.Scope.Has(Tag(each, BakerTags.Environment)))
                .Select(each => each.LaunchTemplateName));
        }

        return names;
    }

    /// <summary>Deletes a template where Baker made it.</summary>
    public async Task DeleteAsync(string name, CancellationToken stop)
    {
        if (Tag(await FindAsync(name, stop).ConfigureAwait(false), BakerTags.Group) is null)
        {
            return;
        }

        try
        {
            await context.Pacer.SendAsync(
                context.Clients.EC2.DeleteLaunchTemplateAsync,
                new DeleteLaunchTemplateRequest { LaunchTemplateName = name },
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (IsMissing(error))
        {
            // Deleted by a call whose reply was lost.
        }
    }

    /// <summary>Whether the group's Auto Scaling group that it was made for is gone, and no other launches from it.</summary>
    private async Task<bool> IsLeftAsync(LaunchTemplate? template, GroupName group, CancellationToken stop)
    {
        if (template is null || Tag(template, BakerTags.Group) != group || !context.Scope.Has(Tag(template, BakerTags.Environment)))
        {
            return false;
        }

        var (names, used) = await new FleetReader(context).EverywhereAsync(stop).ConfigureAwait(false);
        return !names.Contains(template.LaunchTemplateName) && !used.Contains(template.LaunchTemplateName);
    }

    /// <summary>What a fleet of this image would be tagged with now (<see cref="FleetTags.Launch"/>).</summary>
    public async Task<string> DigestAsync(FleetTarget target, string image, IEnumerable<string> others, CancellationToken stop) =>
        LaunchDigest.Of(target, await DataAsync(target.Group, image, run: "", stop).ConfigureAwait(false), others);

    private async Task<RequestLaunchTemplateData> DataAsync(NodeGroup group, string image, string run, CancellationToken stop)
    {
        var own = Tags(group, context.Tagging.NameOf(group.Name, context.Scope.Environment), run)
            .Where(tag => tag.Key != BakerTags.Run)
            .Select(tag => KeyValuePair.Create(tag.Key, tag.Value));
        return LaunchRequests.Template(await new ImageLaunch(context).SpecAsync(group, image, null, own, stop).ConfigureAwait(false));
    }

    public async Task<LaunchTemplate?> FindAsync(string name, CancellationToken stop)
    {
        try
        {
            var reply = await context.Pacer.SendAsync(
                context.Clients.EC2.DescribeLaunchTemplatesAsync,
                new DescribeLaunchTemplatesRequest { LaunchTemplateNames = [name] },
                stop).ConfigureAwait(false);
            return reply.LaunchTemplates is [var found, ..] ? found : null;
        }
        catch (AmazonEC2Exception error) when (IsMissing(error))
        {
            return null;
        }
    }

    private static bool IsMissing(AmazonEC2Exception error) =>
        error.ErrorCode?.StartsWith("InvalidLaunchTemplate", StringComparison.Ordinal) ?? false;

    private static string? Tag(LaunchTemplate? template, string key) => template?.Tags?.Find(tag => tag.Key == key)?.Value;

    private static string Number(long? version) => version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "1";

    private static string Token(string run, string name) => $"{run}-{name}"[..Math.Min(64, run.Length + name.Length + 1)];

    private List<Tag> Tags(NodeGroup group, string name, string run) =>
    [
        new Tag { Key = "Name", Value = name },
        new Tag { Key = BakerTags.UserGroup, Value = group.Name },
        new Tag { Key = BakerTags.Group, Value = group.Name },
        new Tag { Key = BakerTags.Run, Value = run },
        .. context.TagsOf(group.Name).Select(tag => new Tag { Key = tag.Key, Value = tag.Value }),
    ];

    private async Task<string?> VersionOfRunAsync(string name, string run, CancellationToken stop)
    {
        var reply = await context.Pacer.SendAsync(
            context.Clients.EC2.DescribeLaunchTemplateVersionsAsync,
            new DescribeLaunchTemplateVersionsRequest { LaunchTemplateName = name, MaxResults = 200 },
            stop).ConfigureAwait(false);
        return (reply.LaunchTemplateVersions ?? []).Find(version => version.VersionDescription == run) is { } found
            ? Number(found.VersionNumber)
            : null;
    }
}
