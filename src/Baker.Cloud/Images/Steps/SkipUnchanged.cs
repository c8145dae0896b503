using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

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
        if (bake.GivenImageId is { } given)
        {
            (bake.ImageId, bake.Adopted, bake.WasComplete, bake.ImageIsComplete) = (given, true, true, true);
            return;
        }

        if (bake.Run.Options.Force)
        {
            await ResumeAsync(bake, recovery, stop).ConfigureAwait(false);
            return;
        }

        var passed = bake.Input.Checks.IsEmpty ? null : new Verification(Passed: true, Verification.TestsOf(bake.Input.Checks));
        foreach (var image in known
            .Where(image => image.Group == bake.Group.Name && image.Fingerprint == bake.Fingerprint && IsOfTemplate(image, bake.Input))
            .OrderByDescending(image => passed is not null && image.Verification == passed)
            .ThenByDescending(image => image.Name, StringComparer.Ordinal))
        {
            bake.PassedBefore = passed is not null && image.Verification == passed;
            if (image.Lease is null && image.IsAvailable)
            {
                (bake.ImageId, bake.ImageName, bake.ImageIsComplete) = (image.Id, image.Name, true);
                bake.Environments = image.Environments;
                if (bake.Verifies)
                {
                    (bake.Adopted, bake.WasComplete) = (true, true);
                    bake.Note($"image {image.Id} is up to date, and has not passed the tests as they are now; verifying it");
                }
                else
                {
                    bake.EndedAs = BakeOutcome.UpToDate;
                }

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

        bake.PassedBefore = false;
        await ResumeAsync(bake, recovery, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the instance that came with a dead run's image, where the bake did not come to its end: the image has its snapshots by
    /// then, or is rejected and gone. While the image is pending it needs the instance.
    /// </summary>
    public override Task CleanUpAsync(Bake bake, CancellationToken stop) =>
        bake is { Adopted: true, Made: not null, InstanceId: { } id } ? Terminate.RemoveAsync(bake, id, stop) : Task.CompletedTask;

    /// <summary>Looks for an instance that a failed bake kept to go on with; where one cannot be gone on with, it says why.</summary>
    private static async Task ResumeAsync(Bake bake, Recovery recovery, CancellationToken stop)
    {
        foreach (var kept in await recovery.ToRetryAsync(bake.Group.Name, stop).ConfigureAwait(false))
        {
            if (bake.Source!.Architecture?.Value is { } here && kept.Architecture is { } there && here != there)
            {
                continue; // another architecture's bake goes on with it
            }

            if (!new NodeScope(bake.Group.Environment).Has(kept.Environment))
            {
                continue; // another environment's does
            }

            var obstacle =
                bake.Run.Options.Force ? "--force bakes anew"
                : bake.Resumed is not null ? "another one is newer"
                : kept.State != "running" ? $"it is {kept.State}"
                : bake.Group.Communicator != CommunicatorKind.Ssm || !bake.Input.Provisions ? "nothing reaches it any more"
                : !kept.Run.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? "its tags are not Baker's"
                : kept.Retry != Fingerprint.OfStart(bake.Input, bake.Source!.ImageId)
                    ? "what it was launched as has changed (the source image, the user data, the instance's attributes)"
                : null;
            if (obstacle is null)
            {
                bake.Resumed = kept;
                bake.Note($"going on with instance {kept.Id}, which the failed run {kept.Run} kept, after what it had done");
            }
            else
            {
                bake.Outdated.Add(kept.Id);
                bake.Note($"instance {kept.Id}, which the failed run {kept.Run} kept, is of no use: {obstacle}; terminating it");
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
        bake.Verification = bake.PassedBefore ? image.Verification : null;
        bake.Note($"image {image.Id} was begun by a run that died ({image.Run}); finishing it");
    }
}
