using System.Collections.Immutable;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Communicators;
using Baker.Cloud.Launching;

namespace Baker.Cloud.Images.Steps;

/// <summary>Makes a security group of this run that lets only the caller in, and only to the SSH port.</summary>
internal sealed class OpenPort : BakeWork
{
    public override string Name => "open port";

    public override string Describe(Bake bake)
    {
        var ranges = bake.Group.Ssh.SourceRanges;
        var whom = ranges.IsEmpty ? bake.Region.Clients.Ssh.CallerAddress ?? "this machine's address" : string.Join(", ", ranges);
        return $"make a security group that opens port {bake.Group.Ssh.Port} to {whom} alone";
    }

    public override bool Applies(Bake bake) => bake.NeedsAccess;

    public override async Task RunAsync(Bake bake, CancellationToken stop)
    {
        var ranges = await CallerRanges.OfAsync(
            bake.Group,
            bake.Region.Clients.Ssh,
            bake.Run.Options.PublicAddressUrl,
            stop).ConfigureAwait(false);
        var groups = new SecurityGroups(bake.Region.Clients, bake.Region.Pacer);
        var made = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var subnet in bake.Group.SubnetIds.IsEmpty ? [null] : (IEnumerable<string?>)bake.Group.SubnetIds)
        {
            var vpc = await groups.VpcAsync(bake.Group, subnet, stop).ConfigureAwait(false);
            if (!made.TryGetValue(vpc ?? "", out var id))
            {
                id = await MakeAsync(bake, vpc, stop).ConfigureAwait(false);
                made[vpc ?? ""] = id;
                bake.TemporaryGroups[subnet ?? ""] = id;
                await AdmitAsync(bake, id, ranges, stop).ConfigureAwait(false);
            }

            bake.TemporaryGroups[subnet ?? ""] = id;
        }
    }

    public override async Task CleanUpAsync(Bake bake, CancellationToken stop)
    {
        foreach (var id in await AccessRemoval.GroupsAsync(bake, stop).ConfigureAwait(false))
        {
            await AccessRemoval.DeleteGroupAsync(bake.Region, id, bake.Run.Time, stop).ConfigureAwait(false);
            bake.LetGo(id);
        }

        bake.TemporaryGroups.Clear();
    }

    private static async Task<string> MakeAsync(Bake bake, string? vpc, CancellationToken stop)
    {
        var name = AccessRemoval.NameOf(bake);
        var request = new CreateSecurityGroupRequest
        {
            GroupName = name,
            Description = $"SSH for the bake of {bake.Group.Name}, removed after it",
            VpcId = vpc,
            TagSpecifications =
                [new TagSpecification { ResourceType = ResourceType.SecurityGroup, Tags = bake.Tags(name) }],
        };
        string? id;
        try
        {
            var answer = await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.CreateSecurityGroupAsync,
                request,
                stop,
                breaksOff: false).ConfigureAwait(false);
            id = answer.GroupId;
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidGroup.Duplicate")
        {
            // Nobody else has the name: an earlier reply was lost.
            id = await AccessRemoval.FindGroupAsync(bake, vpc, stop).ConfigureAwait(false);
            if (id is null)
            {
                throw;
            }
        }

        bake.Hold(id);
        return id;
    }

    private static async Task AdmitAsync(Bake bake, string id, ImmutableArray<string> ranges, CancellationToken stop)
    {
        var port = bake.Group.Ssh.Port;
        var rule = new IpPermission
        {
            IpProtocol = "tcp",
            FromPort = port,
            ToPort = port,
            Ipv4Ranges = [.. ranges
                .Where(range => !range.Contains(':'))
                .Select(range => new IpRange { CidrIp = range, Description = "package packer:run" })],
            Ipv6Ranges = [.. ranges
                .Where(range => range.Contains(':'))
                .Select(range => new Ipv6Range { CidrIpv6 = range, Description = "package packer:run" })],
        };
        try
        {
            await bake.Region.Pacer.SendAsync(
                bake.Region.Clients.EC2.AuthorizeSecurityGroupIngressAsync,
                new AuthorizeSecurityGroupIngressRequest { GroupId = id, IpPermissions = [rule] },
                stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidPermission.Duplicate")
        {
            // An earlier reply was lost.
        }
    }
}
