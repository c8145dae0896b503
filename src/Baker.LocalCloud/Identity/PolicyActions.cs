using System.Collections.Immutable;
using System.Globalization;
using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>Managed policies. AWS's own exist by name; what they say is not known here.</summary>
internal sealed class PolicyActions(AccessModel access)
{
    private const int LongestName = 128;
    private const int Largest = 6144;
    private const int MostVersions = 5;

    public void Register(Router router)
    {
        void Handle<TRequest, TResponse>(Func<Call, TRequest, TResponse> handler)
            where TRequest : Amazon.Runtime.AmazonWebServiceRequest
            where TResponse : Amazon.Runtime.AmazonWebServiceResponse => router.Handle(AccessService.Name, handler);

        Handle<CreatePolicyRequest, CreatePolicyResponse>(Create);
        Handle<GetPolicyRequest, GetPolicyResponse>((_, request) => new GetPolicyResponse
        {
            Policy = AccessModel.IsOfAws(request.PolicyArn) ? ViewOfAws(request.PolicyArn) : View(access.Policy(request.PolicyArn)),
        });
        Handle<DeletePolicyRequest, DeletePolicyResponse>(Delete);
        Handle<ListPoliciesRequest, ListPoliciesResponse>(List);
        Handle<ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse>(ListEntities);
        Handle<CreatePolicyVersionRequest, CreatePolicyVersionResponse>(CreateVersion);
        Handle<GetPolicyVersionRequest, GetPolicyVersionResponse>((_, request) =>
        {
            if (AccessModel.IsOfAws(request.PolicyArn) && access.HasPolicy(request.PolicyArn))
            {
                throw new CloudException("NotImplemented", "The local cloud does not know what AWS's own policies say.", 501);
            }

            var policy = access.Policy(request.PolicyArn);
            return new GetPolicyVersionResponse { PolicyVersion = View(policy, Version(policy, request.VersionId), hasDocument: true) };
        });
        Handle<ListPolicyVersionsRequest, ListPolicyVersionsResponse>((_, request) =>
        {
            var policy = access.Policy(request.PolicyArn);
            var (items, isTruncated, marker) = AccessModel.Page(
                policy.Versions,
                each => (int.MaxValue - each.Number).ToString("D10", CultureInfo.InvariantCulture),
                request.MaxItems,
                request.Marker);
            return new ListPolicyVersionsResponse
            {
                Versions = items.ConvertAll(each => View(policy, each, hasDocument: false)),
                IsTruncated = isTruncated,
                Marker = marker,
            };
        });
        Handle<DeletePolicyVersionRequest, DeletePolicyVersionResponse>((_, request) =>
        {
            var policy = access.Policy(request.PolicyArn);
            var version = Version(policy, request.VersionId);
            access.Policies.Put(version.Number != policy.DefaultVersion
                ? policy with { Versions = policy.Versions.Remove(version) }
                : throw AccessModel.Conflict("Cannot delete the default version of a policy."));
            return new DeletePolicyVersionResponse();
        });
        Handle<SetDefaultPolicyVersionRequest, SetDefaultPolicyVersionResponse>((call, request) =>
        {
            var policy = access.Policy(request.PolicyArn);
            access.Policies.Put(policy with { DefaultVersion = Version(policy, request.VersionId).Number, UpdatedAt = call.Now });
            return new SetDefaultPolicyVersionResponse();
        });
        Handle<TagPolicyRequest, TagPolicyResponse>((_, request) =>
        {
            var policy = access.Policy(request.PolicyArn);
            access.Policies.Put(policy with
            {
                Tags = AccessModel.CheckTags(policy.Tags, request.Tags.Select(each => ((string?)each.Key, (string?)each.Value))),
            });
            return new TagPolicyResponse();
        });
        Handle<UntagPolicyRequest, UntagPolicyResponse>((_, request) =>
        {
            var policy = access.Policy(request.PolicyArn);
            access.Policies.Put(policy with { Tags = policy.Tags.RemoveRange(request.TagKeys) });
            return new UntagPolicyResponse();
        });
        Handle<ListPolicyTagsRequest, ListPolicyTagsResponse>((_, request) =>
        {
            var (items, isTruncated, marker) = AccessModel.Page(
                access.Policy(request.PolicyArn).Tags,
                each => each.Key,
                request.MaxItems,
                request.Marker);
            return new ListPolicyTagsResponse { Tags = AccessView.Tags(items), IsTruncated = isTruncated, Marker = marker };
        });
    }

    private CreatePolicyResponse Create(Call call, CreatePolicyRequest request)
    {
        var name = AccessModel.CheckName("policyName", request.PolicyName, LongestName);
        var path = AccessModel.CheckPath(request.Path);
        if (access.Policies.All.Any(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            throw AccessModel.Exists($"A policy called {name} already exists. Duplicate names are not allowed.");
        }

        var policy = new PolicyRecord(AccessModel.Arn("policy", path, name))
        {
            Name = name,
            Path = path,
            UniqueId = AccessModel.NewId("ANPA"),
            Description = request.Description,
            Versions = [new PolicyVersionRecord(1, PolicyDocument.Check(request.PolicyDocument, Largest), call.Now)],
            DefaultVersion = 1,
            LastVersion = 1,
            CreatedAt = call.Now,
            UpdatedAt = call.Now,
            Tags = AccessModel.CheckTags(
                ImmutableSortedDictionary<string, string>.Empty,
                (request.Tags ?? []).Select(each => ((string?)each.Key, (string?)each.Value))),
        };
        access.Policies.Put(policy);
        return new CreatePolicyResponse { Policy = View(policy) };
    }

    private DeletePolicyResponse Delete(Call call, DeletePolicyRequest request)
    {
        var policy = access.Policy(request.PolicyArn);
        if (access.Roles.All.Any(each => each.Attached.Contains(policy.Id) || each.Boundary == policy.Id))
        {
            throw AccessModel.Conflict("Cannot delete a policy attached to entities.");
        }

        if (policy.Versions.Length > 1)
        {
            throw AccessModel.Conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default "
                    + "version is deleted with the policy.");
        }

        access.Policies.Remove(policy.Id);
        return new DeletePolicyResponse();
    }

    private ListPoliciesResponse List(Call call, ListPoliciesRequest request)
    {
        var prefix = AccessModel.CheckPath(request.PathPrefix);
        var scope = request.Scope?.Value ?? "All";
        IEnumerable<string> arns =
        [
            .. scope == "AWS" ? [] : access.Policies.All.Select(each => each.Id),
            .. scope == "Local" ? [] : AccessModel.PoliciesOfAws.Select(AccessModel.ArnOfAws),
        ];
        var (items, isTruncated, marker) = AccessModel.Page(
            arns.Where(each => AccessView.PathOf(each).StartsWith(prefix, StringComparison.Ordinal)
                && (request.OnlyAttached != true || Attachments(each) > 0)),
            each => each,
            request.MaxItems,
            request.Marker);
        return new ListPoliciesResponse
        {
            Policies = items.ConvertAll(each => AccessModel.IsOfAws(each) ? ViewOfAws(each) : View(access.Policy(each))),
            IsTruncated = isTruncated,
            Marker = marker,
        };
    }

    private ListEntitiesForPolicyResponse ListEntities(Call call, ListEntitiesForPolicyRequest request)
    {
        if (!access.HasPolicy(request.PolicyArn))
        {
            throw AccessModel.NoEntity($"Policy {request.PolicyArn} was not found.");
        }

        var roles = access.Roles.All.Where(each => each.Attached.Contains(request.PolicyArn)
            && (request.EntityFilter is null || request.EntityFilter.Value == "Role"));
        var (items, isTruncated, marker) = AccessModel.Page(roles, each => each.Id, request.MaxItems, request.Marker);
        return new ListEntitiesForPolicyResponse
        {
            PolicyRoles = items.ConvertAll(each => new PolicyRole { RoleName = each.Name, RoleId = each.UniqueId }),
            PolicyGroups = [],
            PolicyUsers = [],
            IsTruncated = isTruncated,
            Marker = marker,
        };
    }

    private CreatePolicyVersionResponse CreateVersion(Call call, CreatePolicyVersionRequest request)
    {
        var policy = access.Policy(request.PolicyArn);
        if (policy.Versions.Length >= MostVersions)
        {
            throw new CloudException(
                "LimitExceeded",
                $"A managed policy can have up to {MostVersions} versions. Before you create a new version, you must delete an existing "
                    + "version.",
                409);
        }

        var version = new PolicyVersionRecord(policy.LastVersion + 1, PolicyDocument.Check(request.PolicyDocument, Largest), call.Now);
        policy = policy with
        {
            Versions = policy.Versions.Add(version),
            LastVersion = version.Number,
            DefaultVersion = request.SetAsDefault == true ? version.Number : policy.DefaultVersion,
            UpdatedAt = request.SetAsDefault == true ? call.Now : policy.UpdatedAt,
        };
        access.Policies.Put(policy);
        return new CreatePolicyVersionResponse { PolicyVersion = View(policy, version, hasDocument: false) };
    }

    private static PolicyVersionRecord Version(PolicyRecord policy, string id) =>
        policy.Versions.FirstOrDefault(each => $"v{each.Number}" == id)
        ?? throw AccessModel.NoEntity($"Policy {policy.Id} version {id} does not exist or is not attachable.");

    private static PolicyVersion View(PolicyRecord policy, PolicyVersionRecord version, bool hasDocument) => new()
    {
        VersionId = $"v{version.Number}",
        Document = hasDocument ? AccessView.Document(version.Document) : null,
        IsDefaultVersion = version.Number == policy.DefaultVersion,
        CreateDate = version.CreatedAt.UtcDateTime,
    };

    private int Attachments(string arn) => access.Roles.All.Count(each => each.Attached.Contains(arn));

    private Policy View(PolicyRecord policy) => new()
    {
        PolicyName = policy.Name,
        PolicyId = policy.UniqueId,
        Arn = policy.Id,
        Path = policy.Path,
        DefaultVersionId = $"v{policy.DefaultVersion}",
        AttachmentCount = Attachments(policy.Id),
        PermissionsBoundaryUsageCount = access.Roles.All.Count(each => each.Boundary == policy.Id),
        IsAttachable = true,
        Description = policy.Description,
        CreateDate = policy.CreatedAt.UtcDateTime,
        UpdateDate = policy.UpdatedAt.UtcDateTime,
        Tags = AccessView.Tags(policy.Tags),
    };

    private Policy ViewOfAws(string arn) => !access.HasPolicy(arn) ? throw AccessModel.NoEntity($"Policy {arn} was not found.") : new Policy
    {
        PolicyName = arn[(arn.LastIndexOf('/') + 1)..],
        PolicyId = "ANPA" + Configuration.Identifiers.For("", arn)[2..].ToUpperInvariant(),
        Arn = arn,
        Path = AccessView.PathOf(arn),
        DefaultVersionId = "v1",
        AttachmentCount = Attachments(arn),
        PermissionsBoundaryUsageCount = 0,
        IsAttachable = true,
        CreateDate = DateTimeOffset.UnixEpoch.UtcDateTime,
        UpdateDate = DateTimeOffset.UnixEpoch.UtcDateTime,
        Tags = [],
    };
}
