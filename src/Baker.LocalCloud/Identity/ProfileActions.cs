using System.Collections.Immutable;
using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>Instance profiles.</summary>
internal sealed class ProfileActions(AccessModel access)
{
    private const int LongestName = 128;

    public void Register(Router router)
    {
        void Handle<TRequest, TResponse>(Func<Call, TRequest, TResponse> handler)
            where TRequest : Amazon.Runtime.AmazonWebServiceRequest
            where TResponse : Amazon.Runtime.AmazonWebServiceResponse => router.Handle(AccessService.Name, handler);

        Handle<CreateInstanceProfileRequest, CreateInstanceProfileResponse>(Create);
        Handle<GetInstanceProfileRequest, GetInstanceProfileResponse>((_, request) =>
            new GetInstanceProfileResponse { InstanceProfile = View(access.InstanceProfile(request.InstanceProfileName)) });
        Handle<DeleteInstanceProfileRequest, DeleteInstanceProfileResponse>((_, request) =>
        {
            var profile = access.InstanceProfile(request.InstanceProfileName);
            access.Profiles.Remove(profile.RoleId is null
                ? profile.Id
                : throw AccessModel.Conflict("Cannot delete entity, must remove roles from instance profile first."));
            return new DeleteInstanceProfileResponse();
        });
        Handle<AddRoleToInstanceProfileRequest, AddRoleToInstanceProfileResponse>((_, request) =>
        {
            var (profile, role) = (access.InstanceProfile(request.InstanceProfileName), access.Role(request.RoleName));
            access.Profiles.Put(profile.RoleId is null
                ? profile with { RoleId = role.Id }
                : throw AccessModel.Limit("InstanceSessionsPerInstanceProfile", 1));
            return new AddRoleToInstanceProfileResponse();
        });
        Handle<RemoveRoleFromInstanceProfileRequest, RemoveRoleFromInstanceProfileResponse>((_, request) =>
        {
            var (profile, role) = (access.InstanceProfile(request.InstanceProfileName), access.Role(request.RoleName));
            access.Profiles.Put(profile.RoleId == role.Id
                ? profile with { RoleId = null }
                : throw AccessModel.NoEntity($"Role {role.Name} in Instance Profile {profile.Name} cannot be found."));
            return new RemoveRoleFromInstanceProfileResponse();
        });
        Handle<ListInstanceProfilesRequest, ListInstanceProfilesResponse>((_, request) =>
        {
            var prefix = AccessModel.CheckPath(request.PathPrefix);
            var (items, isTruncated, marker) = Page(
                each => each.Path.StartsWith(prefix, StringComparison.Ordinal),
                request.MaxItems,
                request.Marker);
            return new ListInstanceProfilesResponse { InstanceProfiles = items, IsTruncated = isTruncated, Marker = marker };
        });
        Handle<ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName);
            var (items, isTruncated, marker) = Page(each => each.RoleId == role.Id, request.MaxItems, request.Marker);
            return new ListInstanceProfilesForRoleResponse { InstanceProfiles = items, IsTruncated = isTruncated, Marker = marker };
        });
        Handle<TagInstanceProfileRequest, TagInstanceProfileResponse>((_, request) =>
        {
            var profile = access.InstanceProfile(request.InstanceProfileName);
            access.Profiles.Put(profile with
            {
                Tags = AccessModel.CheckTags(profile.Tags, request.Tags.Select(each => ((string?)each.Key, (string?)each.Value))),
            });
            return new TagInstanceProfileResponse();
        });
        Handle<UntagInstanceProfileRequest, UntagInstanceProfileResponse>((_, request) =>
        {
            var profile = access.InstanceProfile(request.InstanceProfileName);
            access.Profiles.Put(profile with { Tags = profile.Tags.RemoveRange(request.TagKeys) });
            return new UntagInstanceProfileResponse();
        });
        Handle<ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse>((_, request) =>
        {
            var (items, isTruncated, marker) = AccessModel.Page(
                access.InstanceProfile(request.InstanceProfileName).Tags,
                each => each.Key,
                request.MaxItems,
                request.Marker);
            return new ListInstanceProfileTagsResponse { Tags = AccessView.Tags(items), IsTruncated = isTruncated, Marker = marker };
        });
    }

    private CreateInstanceProfileResponse Create(Call call, CreateInstanceProfileRequest request)
    {
        access.EnsureNamed();
        var name = AccessModel.CheckName("instanceProfileName", request.InstanceProfileName, LongestName);
        if (access.Profiles.Find(AccessModel.IdOf(name)) is not null)
        {
            throw AccessModel.Exists($"Instance Profile {name} already exists.");
        }

        var profile = new ProfileRecord(AccessModel.IdOf(name))
        {
            Name = name,
            Path = AccessModel.CheckPath(request.Path),
            UniqueId = AccessModel.NewId("AIPA"),
            CreatedAt = call.Now,
            Tags = AccessModel.CheckTags(
                ImmutableSortedDictionary<string, string>.Empty,
                (request.Tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        access.Profiles.Put(profile);
        return new CreateInstanceProfileResponse { InstanceProfile = View(profile) };
    }

    private (List<InstanceProfile> Items, bool IsTruncated, string? Marker) Page(
        Func<ProfileRecord, bool> isWanted,
        int? size,
        string? marker)
    {
        access.EnsureNamed();
        var (items, isTruncated, next) = AccessModel.Page(access.Profiles.All.Where(isWanted), each => each.Id, size, marker);
        return (items.ConvertAll(View), isTruncated, next);
    }

    private InstanceProfile View(ProfileRecord profile) => new()
    {
        InstanceProfileName = profile.Name,
        Path = profile.Path,
        InstanceProfileId = profile.UniqueId,
        Arn = AccessModel.ArnOf(profile),
        CreateDate = profile.CreatedAt.UtcDateTime,
        Roles = access.Roles.Find(profile.RoleId) is { } role ? [RoleActions.View(role)] : [],
        Tags = AccessView.Tags(profile.Tags),
    };
}
