using System.Collections.Immutable;
using Baker.Cloud.Changes;
using Baker.Cloud.Images.Steps;
using Baker.Core;

namespace Baker.Cloud.Images.Baking;

/// <summary>Puts the end of a bake into words and codes.</summary>
internal static class BakeEnd
{
    public static BakeResult Of(Bake bake, ChangeEnd end, TimeSpan took, CancellationToken stop)
    {
        var (failure, leftovers) = end;
        var (outcome, code, text) = failure switch
        {
            null when leftovers.Length > 0 =>
                (BakeOutcome.Failed, ExitCode.CloudFailed, "the image is whole, but not everything could be cleaned up"),
            null => (Outcome(bake), ExitCode.Done, null),
            OperationCanceledException when stop.IsCancellationRequested => (BakeOutcome.Interrupted, ExitCode.Interrupted, "interrupted"),
            _ when CloudFailure.Explain(failure) is { } error =>
                (BakeOutcome.Failed, error.Code, error.Remedy is null ? error.Message : $"{error.Message}\n  {error.Remedy}"),
            _ => (BakeOutcome.Failed, ExitCode.Bug, $"this is a bug in Baker; please report it with what follows.\n{failure}"),
        };
        return new BakeResult(
            bake.Group.Label,
            outcome,
            code,
            took,
            failure is null || bake.ImageIsComplete ? bake.ImageId : null,
            bake.ImageName,
            text,
            leftovers);
    }

    private static BakeOutcome Outcome(Bake bake) => bake switch
    {
        { EndedAs: { } early } => early,
        { GivenImageId: null, WasComplete: true } => BakeOutcome.Verified,
        { GivenImageId: null, Adopted: true } => BakeOutcome.Finished,
        _ => BakeOutcome.Baked,
    };

    /// <summary>What may be left where a step's clean-up failed.</summary>
    public static IEnumerable<Leftover> LeftBy(Bake bake, BakeWork work)
    {
        if (work is OnTrial trial)
        {
            foreach (var left in LeftBy(bake.Trial, trial.Work))
            {
                yield return left;
            }

            yield break;
        }

        var (suggested, here) = (bake.Run.Cloud.Suggested, bake.Region.Name);
        switch (work)
        {
            case Launch or Terminate or SkipUnchanged when bake.InstanceId is { } instance:
                yield return new($"instance {instance}", suggested.Aws(here, $"ec2 terminate-instances --instance-ids {instance}"));
                break;
            case Launch:
                yield return new("an instance, perhaps", suggested.Package("packer:clean"));
                break;
            case CreateImage when bake.ImageId is { } image:
                yield return new(
                    $"image {image} and its snapshots",
                    suggested.Aws(here, $"ec2 deregister-image --image-id {image} --delete-associated-snapshots"));
                break;
            case CreateImage:
                yield return new("an image and its snapshots, perhaps", suggested.Package("packer:clean"));
                break;
            case Publish:
                foreach (var copy in bake.Copies)
                {
                    yield return new(
                        $"image {copy.ImageId} in {copy.Region}",
                        suggested.Aws(copy.Region, $"ec2 deregister-image --image-id {copy.ImageId} --delete-associated-snapshots"));
                }

                break;
            case Provision:
                foreach (var key in bake.Carrier.Keys.Concat(new[] { bake.Output.Key }.OfType<string>()))
                {
                    yield return new(
                        $"{key} in bucket {bake.Carrier.Bucket}",
                        suggested.Aws(here, $"s3 rm s3://{bake.Carrier.Bucket}/{key}"));
                }

                break;
            case ImportKey when bake.KeyName is { } key:
                yield return new($"key pair {key}", suggested.Aws(here, $"ec2 delete-key-pair --key-name \"{key}\""));
                break;
            case OpenPort:
                foreach (var id in bake.TemporaryGroups.Values.Distinct().DefaultIfEmpty("perhaps"))
                {
                    yield return new($"security group {id}", suggested.Package("packer:clean"));
                }

                break;
            default:
                break;
        }
    }

    /// <summary>What lets in to an instance that is kept for a look, and is kept with it.</summary>
    public static IEnumerable<Leftover> KeptAccessOf(Bake bake) =>
        bake.TemporaryGroups.Values.Distinct().Select(id =>
            new Leftover($"security group {id}, which lets in to it", bake.Run.Cloud.Suggested.Package($"packer:clean {bake.Group.Name}")));
}
