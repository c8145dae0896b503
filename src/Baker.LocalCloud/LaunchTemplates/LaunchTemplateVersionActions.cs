using System.Globalization;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>EC2's actions on the versions of launch templates.</summary>
internal sealed class LaunchTemplateVersionActions(LaunchTemplateStore templates, ComputeModel compute)
{
    private const int LargestPage = 200;

    private static readonly Filters<(LaunchTemplateRecord Template, LaunchTemplateVersionRecord Version)> s_filters =
        new Filters<(LaunchTemplateRecord Template, LaunchTemplateVersionRecord Version)>()
            .Add("image-id", each => each.Version.Data.ImageId)
            .Add("instance-type", each => each.Version.Data.InstanceType?.Value)
            .AddFlag("is-default-version", each => each.Version.Number == each.Template.DefaultVersion)
            .Add("iam-instance-profile", each => each.Version.Data.IamInstanceProfile?.Arn ?? each.Version.Data.IamInstanceProfile?.Name)
            .Add("ebs-optimized", each => each.Version.Data.EbsOptimized == true ? "true" : "false")
            .Add("http-tokens", each => each.Version.Data.MetadataOptions?.HttpTokens?.Value)
            .Add("http-endpoint", each => each.Version.Data.MetadataOptions?.HttpEndpoint?.Value)
            .Add("kernel-id", each => each.Version.Data.KernelId)
            .Add("ram-disk-id", each => each.Version.Data.RamDiskId);

    public void Register(Router router)
    {
        router.Handle<CreateLaunchTemplateVersionRequest, CreateLaunchTemplateVersionResponse>(ServiceNames.Compute, Create);
        router.Handle<DescribeLaunchTemplateVersionsRequest, DescribeLaunchTemplateVersionsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DeleteLaunchTemplateVersionsRequest, DeleteLaunchTemplateVersionsResponse>(ServiceNames.Compute, Delete);
        router.Handle<GetLaunchTemplateDataRequest, GetLaunchTemplateDataResponse>(ServiceNames.Compute, DataOf);
    }

    private CreateLaunchTemplateVersionResponse Create(Call call, CreateLaunchTemplateVersionRequest request)
    {
        var template = templates.Find(call.Region, request.LaunchTemplateId, request.LaunchTemplateName);
        if (request.ClientToken is { Length: > 0 } token
            && template.Versions.FirstOrDefault(each => each.ClientToken == token) is { } before)
        {
            return new CreateLaunchTemplateVersionResponse { LaunchTemplateVersion = LaunchTemplateView.Of(template, before) };
        }

        // Without a source version nothing at all is inherited.
        var data = new RequestLaunchTemplateData();
        if (request.SourceVersion is not null)
        {
            LaunchTemplateStore.Version(template, request.SourceVersion).Data.CopyTo(data);
        }

        LaunchTemplateData.Check(request.LaunchTemplateData).CopyTo(data);
        var version = new LaunchTemplateVersionRecord(
            template.LastNumber + 1,
            request.VersionDescription,
            call.Now,
            LaunchTemplateData.Check(data),
            request.ClientToken);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var changed = template with { LastNumber = version.Number, Versions = template.Versions.Add(version) };
        templates.Table.Put(changed);
        return new CreateLaunchTemplateVersionResponse { LaunchTemplateVersion = LaunchTemplateView.Of(changed, version) };
    }

    private DescribeLaunchTemplateVersionsResponse Describe(Call call, DescribeLaunchTemplateVersionsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var versions = Wanted(call, request).Where(filter).ToList();
        var (items, next) = Paging.Page(
            after => after is null ? versions : versions.SkipWhile(each => Key(each) != after).Skip(1),
            Key,
            request.MaxResults ?? LargestPage,
            request.NextToken);
        return new DescribeLaunchTemplateVersionsResponse
        {
            LaunchTemplateVersions = [.. items.Select(each => LaunchTemplateView.Of(each.Template, each.Version))],
            NextToken = next,
        };
    }

    private IEnumerable<(LaunchTemplateRecord Template, LaunchTemplateVersionRecord Version)> Wanted(
        Call call,
        DescribeLaunchTemplateVersionsRequest request)
    {
        var isNamed = !string.IsNullOrEmpty(request.LaunchTemplateId) || !string.IsNullOrEmpty(request.LaunchTemplateName);
        if (!isNamed)
        {
            // Across all templates EC2 lists only what the two names stand for.
            var wanted = request.Versions ?? [];
            return wanted.Count > 0 && wanted.TrueForAll(each => each is "$Latest" or "$Default")
                ? templates.Table.All.Where(each => each.Region == call.Region)
                    .SelectMany(each =>
                        wanted.Select(name => (each, LaunchTemplateStore.Version(each, name))).DistinctBy(pair => pair.Item2.Number))
                : throw new CloudException(
                    "MissingParameter",
                    "The request must contain either the parameter LaunchTemplateId or LaunchTemplateName, "
                        + "or Versions of $Latest and $Default only");
        }

        var template = templates.Find(call.Region, request.LaunchTemplateId, request.LaunchTemplateName);
        if (request.Versions is { Count: > 0 } versions)
        {
            return versions.Select(each => (template, LaunchTemplateStore.Version(template, each))).DistinctBy(each => each.Item2.Number);
        }

        var (min, max) = (Bound(request.MinVersion, 0), Bound(request.MaxVersion, long.MaxValue));
        return template.Versions
            .Where(each => each.Number >= min && each.Number <= max)
            .OrderByDescending(each => each.Number)
            .Select(each => (template, each));
    }

    private DeleteLaunchTemplateVersionsResponse Delete(Call call, DeleteLaunchTemplateVersionsRequest request)
    {
        var template = templates.Find(call.Region, request.LaunchTemplateId, request.LaunchTemplateName);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var response = new DeleteLaunchTemplateVersionsResponse
        {
            SuccessfullyDeletedLaunchTemplateVersions = [],
            UnsuccessfullyDeletedLaunchTemplateVersions = [],
        };
        foreach (var text in request.Versions)
        {
            var number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
                ? given
                : throw new CloudException("InvalidParameterValue", $"Invalid launch template version: '{text}'. Versions are numbers.");
            var version = template.Version(number);
            if (version is null || number == template.DefaultVersion)
            {
                response.UnsuccessfullyDeletedLaunchTemplateVersions.Add(new()
                {
                    LaunchTemplateId = template.Id,
                    LaunchTemplateName = template.Name,
                    VersionNumber = number,
                    ResponseError = version is null
                        ? new()
                        {
                            Code = "launchTemplateVersionDoesNotExist",
                            Message = $"Could not find the specified version {number} for the launch template with ID {template.Id}.",
                        }
                        : new()
                        {
                            Code = "operationNotPermitted",
                            Message = $"The default version {number} of launch template {template.Id} cannot be deleted.",
                        },
                });
                continue;
            }

            template = template with { Versions = template.Versions.Remove(version) };
            response.SuccessfullyDeletedLaunchTemplateVersions.Add(
                new() { LaunchTemplateId = template.Id, LaunchTemplateName = template.Name, VersionNumber = number });
        }

        templates.Table.Put(template);
        return response;
    }

    private GetLaunchTemplateDataResponse DataOf(Call call, GetLaunchTemplateDataRequest request)
    {
        var instance = compute.Lookup.Instance(call, request.InstanceId);
        return new GetLaunchTemplateDataResponse
        {
            LaunchTemplateData = new ResponseLaunchTemplateData
            {
                ImageId = instance.ImageId,
                InstanceType = instance.InstanceType,
                KeyName = instance.KeyName,
                UserData = instance.UserData,
                SecurityGroupIds = [.. instance.SecurityGroupIds],
                EbsOptimized = instance.EbsOptimized,
                Monitoring = new() { Enabled = instance.Monitoring },
                MetadataOptions = new()
                {
                    HttpTokens = instance.HttpTokens,
                    HttpEndpoint = instance.HttpEndpoint,
                    HttpPutResponseHopLimit = instance.HttpHopLimit,
                },
            },
        };
    }

    private static long Bound(string? text, long none) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : none;

    private static string Key((LaunchTemplateRecord Template, LaunchTemplateVersionRecord Version) each) =>
        $"{each.Template.Id}:{each.Version.Number}";
}
