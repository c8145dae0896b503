using System.Collections.Immutable;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Parameters;

/// <summary>Tags and labels of parameters.</summary>
internal sealed class ParameterTagActions(ParameterStore store)
{
    public void Register(Router router)
    {
        router.Handle<AddTagsToResourceRequest, AddTagsToResourceResponse>(ServiceNames.Systems, (call, request) =>
        {
            var parameter = Find(call, request.ResourceType?.Value, request.ResourceId);
            store.Table.Put(parameter with { Tags = parameter.Tags.SetItems(Check(request.Tags)) });
            return new AddTagsToResourceResponse();
        });
        router.Handle<RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse>(ServiceNames.Systems, (call, request) =>
        {
            var parameter = Find(call, request.ResourceType?.Value, request.ResourceId);
            store.Table.Put(parameter with { Tags = parameter.Tags.RemoveRange(request.TagKeys ?? []) });
            return new RemoveTagsFromResourceResponse();
        });
        router.Handle<ListTagsForResourceRequest, ListTagsForResourceResponse>(ServiceNames.Systems, (call, request) =>
            new ListTagsForResourceResponse
            {
                TagList = [.. Find(
                    call,
                    request.ResourceType?.Value,
                    request.ResourceId).Tags.Select(t => new Tag { Key = t.Key, Value = t.Value })],
            });
        router.Handle<LabelParameterVersionRequest, LabelParameterVersionResponse>(ServiceNames.Systems, Label);
    }

    public static ImmutableSortedDictionary<string, string> Check(List<Tag>? tags) =>
        RequestTags.Check("ValidationException", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));

    private LabelParameterVersionResponse Label(Call call, LabelParameterVersionRequest request)
    {
        var parameter = store.Own(call, request.Name);
        var number = request.ParameterVersion ?? parameter.Latest.Version;
        if (!parameter.Versions.Any(v => v.Version == number))
        {
            throw new CloudException(
                "ParameterVersionNotFound",
                $"Systems Manager could not find version {number} of {request.Name}. Verify the version and try again.");
        }

        var labels = request.Labels ?? [];
        store.Table.Put(parameter with
        {
            Versions = [.. parameter.Versions.Select(v =>
                v with { Labels = v.Version == number ? [.. v.Labels.Union(labels)] : v.Labels.RemoveRange(labels) })],
        });
        return new LabelParameterVersionResponse { ParameterVersion = number, InvalidLabels = [] };
    }

    private ParameterRecord Find(Call call, string? type, string id) =>
        type != "Parameter" ? throw new CloudException("InvalidResourceType", $"The local cloud keeps tags of parameters, not of {type}.")
        : store.Table.Find(ParameterRecord.IdOf(ParameterStore.PlaceOf(call), id)) ?? throw new CloudException(
            "InvalidResourceId",
            "The resource ID is not valid. Verify that you entered the correct ID and try again.");
}
