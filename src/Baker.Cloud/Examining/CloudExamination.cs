using System.Globalization;
using Amazon.AutoScaling.Model;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SecurityToken.Model;
using Amazon.SimpleSystemsManagement.Model;

namespace Baker.Cloud.Examining;

/// <summary>
/// Looks at an account from outside: who one is, what one may do, what is near its end. It asks, and where only doing would tell, it asks
/// EC2 for a dry run, which makes nothing.
/// </summary>
public sealed class CloudExamination(CloudRegion region, CloudClock clock, TimeProvider time)
{
    private const string Name = "baker-doctor";
    private const double NearItsEnd = 0.8;

    /// <summary>AWS refuses a request whose time is five minutes off.</summary>
    private static readonly TimeSpan s_refused = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_worth = TimeSpan.FromSeconds(30);

    /// <summary>An id that no image has.</summary>
    private const string NoImage = "ami-00000000000000000";

    private readonly CloudClients _clients = region.Clients;
    private TimeSpan? _refused;

    /// <summary>Who the credentials belong to.</summary>
    public async Task<Finding> IdentityAsync(CancellationToken stop)
    {
        GetCallerIdentityResponse caller;
        try
        {
            caller = await region.Pacer.SendAsync(_clients.STS.GetCallerIdentityAsync, new GetCallerIdentityRequest(), stop)
                .ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.InnerException is HttpErrorResponseException { Response: { } reply })
        {
            // A clock that is far off is why a request is refused: then this reply is all that tells the time.
            _refused = DateTimeOffset.TryParse(reply.GetHeaderValue("Date"), CultureInfo.InvariantCulture, out var date)
                ? date - time.GetUtcNow()
                : null;
            throw;
        }

        return caller.Arn?.EndsWith(":root", StringComparison.Ordinal) == true
            ? Finding.Warning(
                "credentials",
                $"account {caller.Account}, as its root user",
                "Use a role or a user that may do less (examples/operator-permissions).")
            : Finding.Ok("credentials", $"account {caller.Account}, as {caller.Arn}");
    }

    /// <summary>How far this machine's clock is from the cloud's, once a call was answered.</summary>
    public Finding? Clock()
    {
        if ((clock.Now - time.GetUtcNow() ?? _refused) is not { } behind)
        {
            return null;
        }

        var apart = -behind;
        var seconds = Math.Abs(apart.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        var text = $"this machine is {seconds} s {(apart < TimeSpan.Zero ? "behind" : "ahead of")} the cloud";
        const string Remedy = "Let the machine keep its time (timedatectl set-ntp true); AWS refuses requests that are five minutes off.";
        return apart.Duration() < s_worth ? Finding.Ok("clock", "as the cloud's")
            : apart.Duration() < s_refused ? Finding.Warning("clock", text, Remedy)
            : Finding.Failed("clock", text, Remedy);
    }

    /// <summary>What EC2 would let the caller do, as its dry runs tell.</summary>
    /// <param name="image">An image that is launched; null where none is known.</param>
    public async Task<Finding> PermissionsAsync(string? image, CancellationToken stop)
    {
        var ec2 = _clients.EC2;
        var results = new List<(string Action, bool? IsAllowed)>
        {
            ("ec2:DescribeImages", await MayAsync(
                ec2.DescribeImagesAsync,
                new DescribeImagesRequest { DryRun = true, Owners = ["self"] },
                stop).ConfigureAwait(false)),
            ("ec2:DescribeInstances", await MayAsync(
                ec2.DescribeInstancesAsync,
                new DescribeInstancesRequest { DryRun = true },
                stop).ConfigureAwait(false)),
            ("ec2:RunInstances", await MayAsync(
                ec2.RunInstancesAsync,
                new RunInstancesRequest
                {
                    DryRun = true, ImageId = image ?? NoImage, MinCount = 1, MaxCount = 1, InstanceType = InstanceType.T3Micro,
                },
                stop).ConfigureAwait(false)),
            ("ec2:CreateSecurityGroup", await MayAsync(
                ec2.CreateSecurityGroupAsync,
                new CreateSecurityGroupRequest { DryRun = true, GroupName = Name, Description = Name },
                stop).ConfigureAwait(false)),
            ("ec2:CreateLaunchTemplate", await MayAsync(
                ec2.CreateLaunchTemplateAsync,
                new CreateLaunchTemplateRequest
                {
                    DryRun = true,
                    LaunchTemplateName = Name,
                    LaunchTemplateData = new RequestLaunchTemplateData { InstanceType = InstanceType.T3Micro },
                },
                stop).ConfigureAwait(false)),
        };
        var refused = results.Where(each => each.IsAllowed == false).Select(each => each.Action).ToList();
        var allowed = results.Where(each => each.IsAllowed == true).Select(each => each.Action).ToList();
        return refused.Count > 0
            ? Finding.Failed(
                "permissions",
                $"not allowed: {string.Join(", ", refused)}",
                "Have them granted: examples/operator-permissions is a policy for those who bake and run fleets.")
            : Finding.Ok("permissions", $"a dry run allows {string.Join(", ", allowed)}");
    }

    /// <summary>Whether Systems Manager answers, and how many machines its agent reports.</summary>
    public async Task<Finding> AgentsAsync(CancellationToken stop)
    {
        var reply = await region.Pacer.SendAsync(
            _clients.SSM.DescribeInstanceInformationAsync,
            new DescribeInstanceInformationRequest { MaxResults = 50 },
            stop).ConfigureAwait(false);
        var agents = reply.InstanceInformationList ?? [];
        var more = string.IsNullOrEmpty(reply.NextToken) ? "" : " or more";
        var online = agents.Count(agent => agent.PingStatus?.Value == "Online");
        return Finding.Ok("ssm", $"Systems Manager answers; the agents of {online}{more} instances are online");
    }

    /// <summary>What Auto Scaling lets the account have, and what of it is used.</summary>
    public async Task<Finding> QuotasAsync(CancellationToken stop)
    {
        var limits = await region.Pacer.SendAsync(
            _clients.AutoScaling.DescribeAccountLimitsAsync,
            new DescribeAccountLimitsRequest(),
            stop).ConfigureAwait(false);
        var (used, most) = (limits.NumberOfAutoScalingGroups ?? 0, limits.MaxNumberOfAutoScalingGroups ?? 0);
        var text = $"{used} of {most} Auto Scaling groups are used";
        return most > 0 && used >= most * NearItsEnd
            ? Finding.Warning("quotas", text, "Each update has two for a while: ask for more in Service Quotas.")
            : Finding.Ok("quotas", text);
    }

    // A dry run ends with an error in any case: which, says what would have been. Null: it does not say.
    private async Task<bool?> MayAsync<TRequest, TResponse>(
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        CancellationToken stop)
        where TRequest : AmazonWebServiceRequest
        where TResponse : class
    {
        try
        {
            await region.Pacer.SendAsync(call, request, stop).ConfigureAwait(false);
            return true;
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "DryRunOperation")
        {
            return true;
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "UnauthorizedOperation" or "AccessDenied" or "AccessDeniedException")
        {
            return false;
        }
        catch (AmazonServiceException error) when (error.ErrorCode is not null && (int)error.StatusCode is >= 400 and < 500)
        {
            return null;
        }
    }
}
