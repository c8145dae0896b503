using System.Collections.Immutable;
using Baker.Cloud.Images.Steps;
using Baker.Core;

namespace Baker.Cloud.Images.Baking;

/// <summary>Puts the end of a bake into words and codes.</summary>
internal static class BakeEnd
{
    public static BakeResult Of(Bake bake, Exception? failure, ImmutableArray<Leftover> leftovers, TimeSpan took, CancellationToken stop)
    {
        var (outcome, code, text) = failure switch
        {
            null when leftovers.Length > 0 => (BakeOutcome.Failed, ExitCode.CloudFailed, "the image is whole, but not everything could be cleaned up"),
            null => (bake.EndedAs ?? (bake.Adopted ? BakeOutcome.Finished : BakeOutcome.Baked), ExitCode.Done, null),
            OperationCanceledException when stop.IsCancellationRequested => (BakeOutcome.Interrupted, ExitCode.Interrupted, "interrupted"),
            _ when CloudFailure.Explain(failure) is { } error => (BakeOutcome.Failed, error.Code, error.Remedy is null ? error.Message : $"{error.Message}\n  {error.Remedy}"),
            _ => (BakeOutcome.Failed, ExitCode.Bug, $"this is a bug in Baker; please report it with what follows.\n{failure}"),
        };
        return new BakeResult(bake.Group.Name, outcome, code, took, failure is null || bake.ImageIsComplete ? bake.ImageId : null, bake.ImageName, text, leftovers);
    }

    /// <summary>What may be left where a step's clean-up failed.</summary>
    public static IEnumerable<Leftover> LeftBy(Bake bake, BakeStep step)
    {
        var where = $"--region {bake.Region.Name}";
        switch (step)
        {
            case Launch or Terminate when bake.InstanceId is { } instance:
                yield return new($"instance {instance}", $"aws ec2 terminate-instances {where} --instance-ids {instance}");
                break;
            case Launch:
                yield return new("an instance, perhaps", "package packer:clean");
                break;
            case CreateImage when bake.ImageId is { } image:
                yield return new($"image {image} and its snapshots", $"aws ec2 deregister-image {where} --image-id {image} --delete-associated-snapshots");
                break;
            case CreateImage:
                yield return new("an image and its snapshots, perhaps", "package packer:clean");
                break;
            case Publish:
                foreach (var copy in bake.Copies)
                {
                    yield return new($"image {copy.ImageId} in {copy.Region}", $"aws ec2 deregister-image --region {copy.Region} --image-id {copy.ImageId} --delete-associated-snapshots");
                }

                break;
            case Provision when bake.Carrier.Key is { } key:
                yield return new($"the payload {key} in bucket {bake.Carrier.Bucket}", $"aws s3 rm s3://{bake.Carrier.Bucket}/{key}");
                break;
            case ImportKey or OpenPort:
                foreach (var left in AccessOf(bake))
                {
                    yield return left;
                }

                break;
            default:
                break;
        }
    }

    /// <summary>What lets in to the bake's instance.</summary>
    public static IEnumerable<Leftover> AccessOf(Bake bake)
    {
        if (bake.KeyName is { } key)
        {
            yield return new($"key pair {key}", $"aws ec2 delete-key-pair --region {bake.Region.Name} --key-name \"{key}\"");
        }

        foreach (var id in bake.TemporaryGroups.Values.Distinct())
        {
            yield return new($"security group {id}", $"aws ec2 delete-security-group --region {bake.Region.Name} --group-id {id}");
        }
    }
}
