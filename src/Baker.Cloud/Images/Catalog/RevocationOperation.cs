using System.Collections.Immutable;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Images.Catalog;

/// <summary>Revokes an image with its copies, or takes that back; says who uses it still.</summary>
/// <param name="read">Reads what there is.</param>
/// <param name="abroad">Knows which other accounts use an image.</param>
/// <param name="say">Is told what a person should know beside the steps.</param>
public sealed class RevocationOperation(
    CloudSession cloud,
    RevocationOrder order,
    Func<CancellationToken, Task<ImmutableArray<CatalogRegion>>> read,
    AbroadUsers abroad,
    Action<string> say) : Operation<RevocationStep>
{
    public override string Subject => order.Image;

    /// <summary>The images that are meant, once there is a plan.</summary>
    public ImmutableArray<CatalogImage> Meant { get; private set; } = [];

    public override async Task<IReadOnlyList<RevocationStep>> PlanAsync(CancellationToken stop)
    {
        var regions = await read(stop).ConfigureAwait(false);
        var all = regions.SelectMany(region => region.Images).ToList();
        var asked = all.Find(image => image.Id == order.Image || image.Name == order.Image) ?? throw new BakerException(
            ExitCode.BadInput,
            $"No group of the manifest has an image {order.Image}.",
            $"{cloud.Suggested.Package("image:list")} shows the images.");
        Meant = With(asked, all);
        if (order.Revocation?.Holds(cloud.Clock.UtcNow) == true)
        {
            // Disabling one would take it from the accounts that it is shared with.
            await abroad.ReadAsync(regions, Meant.Where(image => UsersOf(image).Count == 0), stop).ConfigureAwait(false);
        }

        var steps = new List<RevocationStep>();
        foreach (var image in Meant)
        {
            var users = UsersOf(image);
            if (order.Revocation is not { } revocation)
            {
                steps.AddRange(image.State == "disabled" && image.Revocation is not null ? [new RevocationStep.Enable(image)] : []);
                steps.AddRange(image.Revocation is not null ? [new RevocationStep.Unmark(image)] : []);
                continue;
            }

            if (image.Revocation != revocation)
            {
                steps.Add(new RevocationStep.Mark(image, revocation));
            }

            if (users.Count == 0 && revocation.Holds(cloud.Clock.UtcNow) && image.IsAvailable)
            {
                steps.Add(new RevocationStep.Disable(image));
            }

            foreach (var user in users.Select(user => user.ToString()).Order(StringComparer.Ordinal))
            {
                say($"{image.Id} is used by {user}");
            }
        }

        return steps;

        List<ImageUser> UsersOf(CatalogImage image) =>
            [.. regions.First(region => region.Region == image.Region).Users.Of(image.Id).Where(user => !user.IsImage)];
    }

    public override async Task DoAsync(RevocationStep step, CancellationToken stop)
    {
        var (ec2, id) = (cloud.Region(step.Image.Region).Clients.EC2, step.Image.Id);
        switch (step)
        {
            case RevocationStep.Mark mark:
                await cloud.Pacer.SendAsync(
                    ec2.CreateTagsAsync,
                    new CreateTagsRequest
                    {
                        Resources = [id],
                        Tags = [new Tag { Key = BakerTags.Revoked, Value = mark.Revocation.ToString() }],
                    },
                    stop).ConfigureAwait(false);
                break;
            case RevocationStep.Unmark:
                await cloud.Pacer.SendAsync(
                    ec2.DeleteTagsAsync,
                    new DeleteTagsRequest { Resources = [id], Tags = [new Tag { Key = BakerTags.Revoked }] },
                    stop).ConfigureAwait(false);
                break;
            case RevocationStep.Enable:
                await cloud.Pacer.SendAsync(ec2.EnableImageAsync, new EnableImageRequest { ImageId = id }, stop).ConfigureAwait(false);
                break;
            case RevocationStep.Disable:
                await DisableAsync(step, stop).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    private async Task DisableAsync(RevocationStep step, CancellationToken stop)
    {
        try
        {
            await cloud.Pacer.SendAsync(
                cloud.Region(step.Image.Region).Clients.EC2.DisableImageAsync,
                new DisableImageRequest { ImageId = step.Image.Id },
                stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode == "InvalidAction" || Refusal.IsInability(error))
        {
            say($"{step.Image.Id} could not be disabled: this endpoint does not know how"); // its tag keeps package off all the same
        }
    }

    /// <summary>An image, its copies, and where that is asked for all that was made from them.</summary>
    private ImmutableArray<CatalogImage> With(CatalogImage asked, List<CatalogImage> all)
    {
        var meant = all
            .Where(image => image.Id == asked.Id || IsCopy(image, asked))
            .ToDictionary(image => image.Id, StringComparer.Ordinal);
        while (order.WithDescendants
            && all.Find(image => !meant.ContainsKey(image.Id) && (
                meant.ContainsKey(image.SourceId ?? "") || meant.Values.Any(known => IsCopy(image, known)))) is { } more)
        {
            meant.Add(more.Id, more);
        }

        return [.. meant.Values];
    }

    private static bool IsCopy(CatalogImage image, CatalogImage other) =>
        image.Group == other.Group && image.Name == other.Name && image.Run is not null && image.Run == other.Run;
}
