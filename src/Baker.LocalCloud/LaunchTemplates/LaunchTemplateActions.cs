using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.LaunchTemplates;

/// <summary>EC2's launch template actions, but for those of versions.</summary>
internal sealed partial class LaunchTemplateActions(LaunchTemplateStore templates)
{
    private const int LargestPage = 200;

    private static readonly Filters<LaunchTemplateRecord> s_filters = new Filters<LaunchTemplateRecord>()
        .Add("create-time", each => each.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
        .Add("launch-template-name", each => each.Name)
        .AddTags(each => each.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateLaunchTemplateRequest, CreateLaunchTemplateResponse>(ServiceNames.Compute, Create);
        router.Handle<DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResponse>(ServiceNames.Compute, Describe);
        router.Handle<ModifyLaunchTemplateRequest, ModifyLaunchTemplateResponse>(ServiceNames.Compute, Modify);
        router.Handle<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResponse>(ServiceNames.Compute, Delete);
    }

    private CreateLaunchTemplateResponse Create(Call call, CreateLaunchTemplateRequest request)
    {
        if (!NamePattern().IsMatch(request.LaunchTemplateName))
        {
            throw new CloudException(
                "InvalidLaunchTemplateName.MalformedException",
                "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, "
                    + $"and the following characters: - ( ) . / _. The name '{request.LaunchTemplateName}' is not valid.");
        }

        if (templates.ByName(call.Region, request.LaunchTemplateName) is { } before)
        {
            return request.ClientToken is { Length: > 0 } && request.ClientToken == before.ClientToken
                ? new CreateLaunchTemplateResponse { LaunchTemplate = LaunchTemplateView.Of(before) }
                : throw new CloudException("InvalidLaunchTemplateName.AlreadyExistsException", $"Launch template name already in use.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "launch-template");
        var template = new LaunchTemplateRecord
        {
            Id = Identifiers.New("lt"),
            Region = call.Region,
            Name = request.LaunchTemplateName,
            CreatedAt = call.Now,
            ClientToken = request.ClientToken,
            Tags = TagText.For("launch-template", request.TagSpecifications),
            Versions = [new LaunchTemplateVersionRecord(
                1,
                request.VersionDescription,
                call.Now,
                LaunchTemplateData.Check(request.LaunchTemplateData),
                request.ClientToken)],
        };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        templates.Table.Put(template);
        return new CreateLaunchTemplateResponse { LaunchTemplate = LaunchTemplateView.Of(template) };
    }

    private DescribeLaunchTemplatesResponse Describe(Call call, DescribeLaunchTemplatesRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var named = (request.LaunchTemplateIds ?? []).Select(id => templates.Find(call.Region, id, null))
            .Concat((request.LaunchTemplateNames ?? []).Select(name => templates.Find(call.Region, null, name)))
            .DistinctBy(each => each.Id)
            .OrderBy(each => each.Id, StringComparer.Ordinal)
            .ToList();
        IEnumerable<LaunchTemplateRecord> After(string? id) =>
            named.Count > 0 ? named.Where(each => id is null || string.CompareOrdinal(each.Id, id) > 0) : templates.Table.After(id);
        var (items, next) = Paging.Page(
            after => After(after).Where(each => each.Region == call.Region && filter(each)),
            each => each.Id,
            request.MaxResults ?? LargestPage,
            request.NextToken);
        return new DescribeLaunchTemplatesResponse { LaunchTemplates = [.. items.Select(LaunchTemplateView.Of)], NextToken = next };
    }

    private ModifyLaunchTemplateResponse Modify(Call call, ModifyLaunchTemplateRequest request)
    {
        var template = templates.Find(call.Region, request.LaunchTemplateId, request.LaunchTemplateName);
        var changed = request.DefaultVersion is null
            ? template
            : template with { DefaultVersion = LaunchTemplateStore.Version(template, request.DefaultVersion).Number };
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        templates.Table.Put(changed);
        return new ModifyLaunchTemplateResponse { LaunchTemplate = LaunchTemplateView.Of(changed) };
    }

    private DeleteLaunchTemplateResponse Delete(Call call, DeleteLaunchTemplateRequest request)
    {
        var template = templates.Find(call.Region, request.LaunchTemplateId, request.LaunchTemplateName);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        templates.Table.Remove(template.Id);
        return new DeleteLaunchTemplateResponse { LaunchTemplate = LaunchTemplateView.Of(template) };
    }

    [GeneratedRegex(@"^[a-zA-Z0-9().\-/_]{3,128}$")]
    private static partial Regex NamePattern();
}
