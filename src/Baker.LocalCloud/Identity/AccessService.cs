using Amazon.IdentityManagement.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Identity;

/// <summary>IAM, as far as instances need it: roles, instance profiles and policies. Nothing is forbidden by them.</summary>
internal sealed class AccessService : ICloudService
{
    public const string Name = "iam";

    private readonly AccessModel _access;

    public AccessService(CloudContext cloud, ComputeModel compute)
    {
        _access = new AccessModel(cloud);
        compute.Launcher.FindProfile = _access.Profile;
    }

    public void Register(Router router)
    {
        new RoleActions(_access).Register(router);
        new PolicyActions(_access).Register(router);
        new ProfileActions(_access).Register(router);
        router.Handle<GetUserRequest, GetUserResponse>(Name, (call, request) => request.UserName is null or "local"
            ? new GetUserResponse
            {
                User = new User
                {
                    UserName = "local",
                    UserId = "AIDALOCAL00000000000",
                    Path = "/",
                    Arn = $"arn:aws:iam::{call.AccountId}:user/local",
                    CreateDate = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc),
                },
            }
            : throw AccessModel.NoEntity($"The user with name {request.UserName} cannot be found."));
        router.Handle<ListAccountAliasesRequest, ListAccountAliasesResponse>(
            Name,
            (_, _) => new ListAccountAliasesResponse { AccountAliases = [], IsTruncated = false });
    }

    public void Reconcile(DateTimeOffset now)
    {
    }
}
