using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Images;

/// <summary>Removes what lets a bake over SSH in: its key pair and its security group. What is gone already is no error.</summary>
internal static class AccessRemoval
{
    /// <summary>A group cannot go while an interface of an instance has it, and that goes a little after the instance.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>The name of a bake's key pair and of its security group.</summary>
    public static string NameOf(Bake bake) => $"baker {bake.RunId} {bake.Group.Name}";

    public static Task DeleteKeyAsync(CloudRegion region, string name, CancellationToken stop) =>
        region.Pacer.SendAsync(region.Clients.EC2.DeleteKeyPairAsync, new DeleteKeyPairRequest { KeyName = name }, stop);

    public static Task DeleteGroupAsync(CloudRegion region, string id, TimeProvider time, CancellationToken stop)
    {
        return Looking.UntilAsync(time, IsGoneAsync, TimeSpan.MaxValue, _ => region.Clients.Pace.Again, stop);

        async Task<bool> IsGoneAsync(TimeSpan taken)
        {
            try
            {
                await region.Pacer.SendAsync(
                    region.Clients.EC2.DeleteSecurityGroupAsync,
                    new DeleteSecurityGroupRequest { GroupId = id },
                    stop).ConfigureAwait(false);
                return true;
            }
            catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidGroup.NotFound")
            {
                return true;
            }
            catch (AmazonEC2Exception error) when (error.ErrorCode == "DependencyViolation" && taken < s_limit)
            {
                return false;
            }
        }
    }

    /// <summary>The ids of the groups that a bake made, and of one whose making was broken off.</summary>
    public static async Task<IReadOnlyCollection<string>> GroupsAsync(Bake bake, CancellationToken stop)
    {
        var known = bake.TemporaryGroups.Values.ToHashSet(StringComparer.Ordinal);
        if (known.Count == 0 && await FindGroupAsync(bake, vpc: null, stop).ConfigureAwait(false) is { } found)
        {
            known.Add(found);
        }

        return known;
    }

    public static async Task<string?> FindGroupAsync(Bake bake, string? vpc, CancellationToken stop)
    {
        var filters = new List<Filter> { new() { Name = "group-name", Values = [NameOf(bake)] } };
        if (vpc is not null)
        {
            filters.Add(new Filter { Name = "vpc-id", Values = [vpc] });
        }

        var answer = await bake.Region.Pacer.SendAsync(
            bake.Region.Clients.EC2.DescribeSecurityGroupsAsync,
            new DescribeSecurityGroupsRequest { Filters = filters },
            stop).ConfigureAwait(false);
        return answer.SecurityGroups?.FirstOrDefault()?.GroupId;
    }
}
