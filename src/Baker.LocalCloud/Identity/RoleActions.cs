using System.Collections.Immutable;
using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>Roles, their own policies, and those attached to them.</summary>
internal sealed class RoleActions(AccessModel access)
{
    private const int LongestName = 64;
    private const int LargestTrust = 2048;
    private const int LargestPolicies = 10240;
    private const int MostAttached = 10;

    public void Register(Router router)
    {
        void Handle<TRequest, TResponse>(Func<Call, TRequest, TResponse> handler)
            where TRequest : Amazon.Runtime.AmazonWebServiceRequest
            where TResponse : Amazon.Runtime.AmazonWebServiceResponse => router.Handle(AccessService.Name, handler);

        Handle<CreateRoleRequest, CreateRoleResponse>(Create);
        Handle<GetRoleRequest, GetRoleResponse>((_, request) => new GetRoleResponse { Role = View(access.Role(request.RoleName)) });
        Handle<ListRolesRequest, ListRolesResponse>(List);
        Handle<UpdateRoleRequest, UpdateRoleResponse>(Update);
        Handle<UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName) with { Description = request.Description };
            access.Roles.Put(role);
            return new UpdateRoleDescriptionResponse { Role = View(role) };
        });
        Handle<UpdateAssumeRolePolicyRequest, UpdateAssumeRolePolicyResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName);
            access.Roles.Put(role with { Trust = PolicyDocument.CheckTrust(request.PolicyDocument, LargestTrust, IsRole) });
            return new UpdateAssumeRolePolicyResponse();
        });
        Handle<DeleteRoleRequest, DeleteRoleResponse>(Delete);
        Handle<TagRoleRequest, TagRoleResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName);
            access.Roles.Put(role with
            {
                Tags = AccessModel.CheckTags(role.Tags, request.Tags.Select(each => ((string?)each.Key, (string?)each.Value))),
            });
            return new TagRoleResponse();
        });
        Handle<UntagRoleRequest, UntagRoleResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName);
            access.Roles.Put(role with { Tags = role.Tags.RemoveRange(request.TagKeys) });
            return new UntagRoleResponse();
        });
        Handle<ListRoleTagsRequest, ListRoleTagsResponse>((_, request) =>
        {
            var (items, isTruncated, marker) = AccessModel.Page(
                access.Role(request.RoleName).Tags,
                each => each.Key,
                request.MaxItems,
                request.Marker);
            return new ListRoleTagsResponse { Tags = AccessView.Tags(items), IsTruncated = isTruncated, Marker = marker };
        });
        Handle<PutRolePermissionsBoundaryRequest, PutRolePermissionsBoundaryResponse>((_, request) =>
        {
            access.Roles.Put(access.Role(request.RoleName) with { Boundary = CheckPolicy(request.PermissionsBoundary) });
            return new PutRolePermissionsBoundaryResponse();
        });
        Handle<DeleteRolePermissionsBoundaryRequest, DeleteRolePermissionsBoundaryResponse>((_, request) =>
        {
            var role = access.Role(request.RoleName);
            access.Roles.Put(role.Boundary is not null
                ? role with { Boundary = null }
                : throw AccessModel.NoEntity($"Role {role.Name} does not have a permissions boundary."));
            return new DeleteRolePermissionsBoundaryResponse();
        });
        RegisterPolicies(router);
    }

    private void RegisterPolicies(Router router)
    {
        router.Handle<PutRolePolicyRequest, PutRolePolicyResponse>(AccessService.Name, (_, request) =>
        {
            var role = access.Role(request.RoleName);
            var name = AccessModel.CheckName("policyName", request.PolicyName, 128);
            var policies = role.Policies.SetItem(name, PolicyDocument.Check(request.PolicyDocument, LargestPolicies));
            access.Roles.Put(policies.Values.Sum(each => each.Count(letter => !char.IsWhiteSpace(letter))) <= LargestPolicies
                ? role with { Policies = policies }
                : throw new CloudException(
                    "LimitExceeded",
                    $"Maximum policy size of {LargestPolicies} bytes exceeded for role {role.Name}",
                    409));
            return new PutRolePolicyResponse();
        });
        router.Handle<GetRolePolicyRequest, GetRolePolicyResponse>(AccessService.Name, (_, request) =>
        {
            var role = access.Role(request.RoleName);
            return new GetRolePolicyResponse
            {
                RoleName = role.Name,
                PolicyName = request.PolicyName,
                PolicyDocument = AccessView.Document(Own(role, request.PolicyName)),
            };
        });
        router.Handle<DeleteRolePolicyRequest, DeleteRolePolicyResponse>(AccessService.Name, (_, request) =>
        {
            var role = access.Role(request.RoleName);
            Own(role, request.PolicyName);
            access.Roles.Put(role with { Policies = role.Policies.Remove(request.PolicyName) });
            return new DeleteRolePolicyResponse();
        });
        router.Handle<ListRolePoliciesRequest, ListRolePoliciesResponse>(AccessService.Name, (_, request) =>
        {
            var (items, isTruncated, marker) = AccessModel.Page(
                access.Role(request.RoleName).Policies.Keys,
                each => each,
                request.MaxItems,
                request.Marker);
            return new ListRolePoliciesResponse { PolicyNames = items, IsTruncated = isTruncated, Marker = marker };
        });
        router.Handle<AttachRolePolicyRequest, AttachRolePolicyResponse>(AccessService.Name, (_, request) =>
        {
            var role = access.Role(request.RoleName);
            var arn = CheckPolicy(request.PolicyArn);
            if (!role.Attached.Contains(arn))
            {
                access.Roles.Put(role.Attached.Length < MostAttached
                    ? role with { Attached = role.Attached.Add(arn) }
                    : throw AccessModel.Limit("PoliciesPerRole", MostAttached));
            }

            return new AttachRolePolicyResponse();
        });
        router.Handle<DetachRolePolicyRequest, DetachRolePolicyResponse>(AccessService.Name, (_, request) =>
        {
            var role = access.Role(request.RoleName);
            access.Roles.Put(role.Attached.Contains(request.PolicyArn)
                ? role with { Attached = role.Attached.Remove(request.PolicyArn) }
                : throw AccessModel.NoEntity($"Policy {request.PolicyArn} was not found."));
            return new DetachRolePolicyResponse();
        });
        router.Handle<ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse>(AccessService.Name, (_, request) =>
        {
            var prefix = AccessModel.CheckPath(request.PathPrefix);
            var (items, isTruncated, marker) = AccessModel.Page(
                access.Role(request.RoleName).Attached.Where(each => AccessView.PathOf(each).StartsWith(prefix, StringComparison.Ordinal)),
                each => each,
                request.MaxItems,
                request.Marker);
            return new ListAttachedRolePoliciesResponse
            {
                AttachedPolicies = items.ConvertAll(each =>
                    new AttachedPolicy { PolicyArn = each, PolicyName = each[(each.LastIndexOf('/') + 1)..] }),
                IsTruncated = isTruncated,
                Marker = marker,
            };
        });
    }

    private CreateRoleResponse Create(Call call, CreateRoleRequest request)
    {
        access.EnsureNamed();
        var name = AccessModel.CheckName("roleName", request.RoleName, LongestName);
        if (access.Roles.Find(AccessModel.IdOf(name)) is not null)
        {
            throw AccessModel.Exists($"Role with name {name} already exists.");
        }

        var role = new RoleRecord(AccessModel.IdOf(name))
        {
            Name = name,
            Path = AccessModel.CheckPath(request.Path),
            UniqueId = AccessModel.NewId("AROA"),
            Trust = PolicyDocument.CheckTrust(request.AssumeRolePolicyDocument, LargestTrust, IsRole),
            Description = request.Description,
            LongestSession = CheckSession(request.MaxSessionDuration ?? 3600),
            Boundary = request.PermissionsBoundary is { } boundary ? CheckPolicy(boundary) : null,
            Policies = ImmutableSortedDictionary<string, string>.Empty,
            Attached = [],
            CreatedAt = call.Now,
            Tags = AccessModel.CheckTags(
                ImmutableSortedDictionary<string, string>.Empty,
                (request.Tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        access.Roles.Put(role);
        return new CreateRoleResponse { Role = View(role) };
    }

    private ListRolesResponse List(Call call, ListRolesRequest request)
    {
        access.EnsureNamed();
        var prefix = AccessModel.CheckPath(request.PathPrefix);
        var (items, isTruncated, marker) = AccessModel.Page(
            access.Roles.All.Where(each => each.Path.StartsWith(prefix, StringComparison.Ordinal)),
            each => each.Id,
            request.MaxItems,
            request.Marker);
        return new ListRolesResponse { Roles = items.ConvertAll(View), IsTruncated = isTruncated, Marker = marker };
    }

    private UpdateRoleResponse Update(Call call, UpdateRoleRequest request)
    {
        var role = access.Role(request.RoleName);
        access.Roles.Put(role with
        {
            Description = request.Description ?? role.Description,
            LongestSession = request.MaxSessionDuration is { } longest ? CheckSession(longest) : role.LongestSession,
        });
        return new UpdateRoleResponse();
    }

    private DeleteRoleResponse Delete(Call call, DeleteRoleRequest request)
    {
        var role = access.Role(request.RoleName);
        if (access.Profiles.All.Any(each => each.RoleId == role.Id))
        {
            throw AccessModel.Conflict("Cannot delete entity, must remove roles from instance profile first.");
        }

        if (role.Attached.Length > 0)
        {
            throw AccessModel.Conflict("Cannot delete entity, must detach all policies first.");
        }

        if (role.Policies.Count > 0)
        {
            throw AccessModel.Conflict("Cannot delete entity, must delete policies first.");
        }

        access.Roles.Remove(role.Id);
        return new DeleteRoleResponse();
    }

    private bool IsRole(string arn)
    {
        var role = access.Roles.Find(AccessModel.IdOf(arn[(arn.LastIndexOf('/') + 1)..]));
        return !arn.Contains($"::{Configuration.Identifiers.AccountId}:", StringComparison.Ordinal)
            || (role is not null && AccessModel.ArnOf(role) == arn);
    }

    private string CheckPolicy(string arn) =>
        !arn.StartsWith("arn:", StringComparison.Ordinal) ? throw new CloudException("InvalidInput", $"ARN {arn} is not valid.")
        : access.HasPolicy(arn) ? arn
        : throw AccessModel.NoPolicy(arn);

    private static int CheckSession(int seconds) => seconds is >= 3600 and <= 43200 ? seconds
        : throw AccessModel.Invalid("maxSessionDuration", $"{seconds}", "Member must have value from 3600 to 43200");

    private static string Own(RoleRecord role, string policy) => role.Policies.GetValueOrDefault(policy)
        ?? throw AccessModel.NoEntity($"The role policy with name {policy} cannot be found.");

    internal static Role View(RoleRecord role) => new()
    {
        RoleName = role.Name,
        Path = role.Path,
        RoleId = role.UniqueId,
        Arn = AccessModel.ArnOf(role),
        CreateDate = role.CreatedAt.UtcDateTime,
        AssumeRolePolicyDocument = AccessView.Document(role.Trust),
        Description = role.Description,
        MaxSessionDuration = role.LongestSession,
        PermissionsBoundary = role.Boundary is not { } boundary ? null
            : new AttachedPermissionsBoundary { PermissionsBoundaryType = "Policy", PermissionsBoundaryArn = boundary },
        RoleLastUsed = new RoleLastUsed(),
        Tags = role.Tags.IsEmpty ? null : AccessView.Tags(role.Tags),
    };
}
