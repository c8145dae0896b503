using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Images.Steps;

/// <summary>Ends the bake where an image with the same fingerprint exists, or takes over the one that a dead run had begun.</summary>
internal sealed class SkipUnchanged : BakeWork
{
    public override string Name => "compare";

    public override bool OnlyLooks => true;

    public override string Describe(Bake bake) => "stop here if an available image has the same fingerprint";

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        bake.Fingerprint = Fingerprint.Of(bake.Input, bake.Source!.ImageId);
        var recovery = bake.Run.Region(bake.Region.Name).Recovery;
        var known = await recovery.ImagesAsync(stop).ConfigureAwait(false);
        if (bake.Run.Options.Force)
        {
            return;
        }

        foreach (var image in known
            .Where(image => image.Group == bake.Group.Name && image.Fingerprint == bake.Fingerprint && IsOfTemplate(image, bake.Input))
            .OrderByDescending(image => image.Name, StringComparer.Ordinal))
        {
            if (image.Lease is null && image.IsAvailable)
            {
                (bake.ImageId, bake.ImageName, bake.ImageIsComplete, bake.EndedAs) = (image.Id, image.Name, true, BakeOutcome.UpToDate);
                return;
            }

            if (image.Lease is { } lease && !lease.IsOver(bake.Run.Cloud.Clock.UtcNow))
            {
                throw new BakerException(
                    ExitCode.CloudFailed,
                    $"{bake.Group.Name} is being baked by another run ({image.Run}); its image is {image.Id}",
                    "Wait for it and run this command again, or bake beside it with --force.");
            }

            if (image.Lease is not null && !image.IsFailed)
            {
                Adopt(bake, recovery, image);
                return;
            }
        }
    }

    // Only where Packer bakes does its template count, and only against an image that Packer made.
    private static bool IsOfTemplate(KnownImage image, BakeInput input) =>
        input.TemplateHash is null || image.TemplateHash is null || image.TemplateHash == input.TemplateHash;

    private static void Adopt(Bake bake, Recovery recovery, KnownImage image)
    {
        (bake.ImageId, bake.ImageName, bake.Adopted) = (image.Id, image.Name, true);
        bake.InstanceId = recovery.TakeInstance(image);
        recovery.Take(image);
        bake.Note($"image {image.Id} was begun by a run that died ({image.Run}); finishing it");
    }
}
