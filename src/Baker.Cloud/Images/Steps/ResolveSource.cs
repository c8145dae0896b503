using System.Globalization;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Images.Catalog;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Images.Steps;

/// <summary>Finds the image to start from: by id, by filter, or by the SSM parameter that names it.</summary>
internal sealed class ResolveSource : BakeWork
{
    public override string Name => "source";

    public override bool OnlyLooks => true;

    public override string Describe(Bake bake) => bake.Group.Source switch
    {
        SourceImage.ById source => $"start from image {source.ImageId}",
        SourceImage.ByParameter source => $"start from the image that parameter {source.Name} names",
        SourceImage.ByGroup { Channel: null } source => $"start from the newest image of {source.Group}",
        SourceImage.ByGroup source => $"start from the image that {source.Group}:{source.Channel} points at",
        _ => "start from the newest image that source_ami_filter matches",
    };

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        BakeRequirements.Check(bake.Group.Name, bake.Group.Source is not null, !bake.Group.InstanceTypes.IsEmpty);
        var source = bake.Group.Source!;
        bake.Source = await bake.Run
            .Region(bake.Region.Name)
            .SourceAsync(KeyOf(bake, source), () => ResolveAsync(bake, source, stop)).ConfigureAwait(false);
        if (bake.Group.Architecture is { } wanted && bake.Source.Architecture?.Value is { Length: > 0 } found && found != wanted)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"the source image {bake.Source.ImageId} of {bake.Group.Name} is {found}, and {wanted} was to be baked from it",
                $"Correct what its source is for {wanted}.");
        }
    }

    private static string KeyOf(Bake bake, SourceImage source) => source is SourceImage.ByFilter filter
        ? string.Join(
            '\n',
            filter.Filters
                .Select(pair => $"{pair.Key}={string.Join(',', pair.Value)}")
                .Concat(filter.Owners)
                .Append(filter.MostRecent.ToString()))
        : $"{source} {(source is SourceImage.ByGroup ? $"{bake.Group.Architecture} {bake.Group.Environment}" : null)}";

    private static async Task<Image> ResolveAsync(Bake bake, SourceImage source, CancellationToken stop) => source switch
    {
        SourceImage.ById byId => await DescribeAsync(bake, byId.ImageId, stop).ConfigureAwait(false),
        SourceImage.ByParameter byParameter => await DescribeAsync(
            bake,
            await ReadParameterAsync(bake, byParameter.Name, stop).ConfigureAwait(false),
            stop).ConfigureAwait(false),
        SourceImage.ByGroup { Channel: { } channel } byGroup => await DescribeAsync(
            bake,
            (await Images(bake).OfChannelAsync(byGroup.Group, channel, bake.Run.Cloud.Suggested, stop).ConfigureAwait(false)).Id,
            stop).ConfigureAwait(false),
        SourceImage.ByGroup byGroup => await DescribeAsync(
            bake,
            await NewestAsync(bake, byGroup.Group, stop).ConfigureAwait(false),
            stop).ConfigureAwait(false),
        SourceImage.ByFilter byFilter => await MatchAsync(bake, byFilter, stop).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"unknown source {source}"),
    };

    /// <summary>The one that this run has made of the other group, or the newest that there is.</summary>
    private static async Task<string> NewestAsync(Bake bake, GroupName group, CancellationToken stop)
    {
        if (Generations.LabelsOfParent(bake.Group)
            .Select(label => bake.Run.MadeOf(label, bake.Region.Name))
            .FirstOrDefault(each => each is not null) is { } made)
        {
            return made;
        }

        var images = await Images(bake).OfAsync(group, stop, bake.Group.Architecture).ConfigureAwait(false);
        return images.Find(image => image.IsOf(bake.Group.Environment)) is { } newest
            ? newest.Id
            : throw new BakerException(
                ExitCode.BadInput,
                $"{bake.Group.Name} starts from the image of {group}, which has none in {bake.Region.Name} that may be used",
                $"Bake both: {bake.Run.Cloud.Suggested.Package($"packer:run {group} {bake.Group.Name}")}");
    }

    private static GoodImages Images(Bake bake) => new(bake.Region.Clients, bake.Region.Pacer, bake.Run.Cloud.Clock);

    private static async Task<Image> DescribeAsync(Bake bake, string imageId, CancellationToken stop)
    {
        List<Image>? images;
        try
        {
            images = (await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.DescribeImagesAsync,
                new DescribeImagesRequest { ImageIds = [imageId] },
                stop).ConfigureAwait(false)).Images;
        }
        catch (AmazonServiceException error) when (error.ErrorCode?.StartsWith("InvalidAMIID", StringComparison.Ordinal) ?? false)
        {
            images = null;
        }

        return images?.SingleOrDefault() ?? throw new BakerException(
            ExitCode.CloudFailed,
            $"the source image {imageId} of {bake.Group.Name} is not in {bake.Region.Name}",
            "Image ids differ from region to region: check source_ami and region, or name the image with source_ami_filter.");
    }

    private static async Task<string> ReadParameterAsync(Bake bake, string name, CancellationToken stop)
    {
        try
        {
            var answer = await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.SSM.GetParameterAsync,
                new GetParameterRequest { Name = name },
                stop).ConfigureAwait(false);
            return answer.Parameter.Value;
        }
        catch (ParameterNotFoundException error)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"there is no SSM parameter {name} in {bake.Region.Name}",
                "Check source_ami_parameter and region.",
                error);
        }
    }

    private static async Task<Image> MatchAsync(Bake bake, SourceImage.ByFilter source, CancellationToken stop)
    {
        var request = new DescribeImagesRequest
        {
            Owners = source.Owners.IsEmpty ? null : [.. source.Owners],
            Filters = [.. source.Filters.Select(filter => new Filter { Name = filter.Key, Values = [.. filter.Value] })],
        };
        var images = (await bake.Region.Pacer.SendAsync(
            bake.Region.Clients.EC2.DescribeImagesAsync,
            request,
            stop).ConfigureAwait(false)).Images ?? [];
        if (images.Count == 0)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"no image in {bake.Region.Name} matches the source_ami_filter of {bake.Group.Name}",
                "Check its filters, owners and region.");
        }

        if (images.Count > 1 && !source.MostRecent)
        {
            throw new BakerException(
                ExitCode.CloudFailed,
                $"{images.Count} images match the source_ami_filter of {bake.Group.Name}",
                "Narrow the filter, or take the newest with \"most_recent\": true.");
        }

        return images.MaxBy(image =>
            DateTimeOffset.TryParse(image.CreationDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var made)
                ? made
                : DateTimeOffset.MinValue)!;
    }
}
