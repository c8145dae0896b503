using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Moves NAT gateways through their states, which take as long as an image's.</summary>
internal sealed class NatGateways(CloudContext cloud, ComputeTables tables, Interfaces interfaces)
{
    private static readonly TimeSpan s_forget = TimeSpan.FromHours(1);

    /// <summary>Takes over what the process before this one left.</summary>
    public void Recover()
    {
        foreach (var gateway in tables.NatGateways.All.ToList())
        {
            Schedule(gateway);
        }
    }

    public NatGatewayRecord Begin(NatGatewayRecord gateway, DateTimeOffset now)
    {
        var begun = gateway with { State = "pending", StateDue = cloud.After(now, cloud.Delays.Available) };
        tables.NatGateways.Put(begun);
        Schedule(begun);
        return begun;
    }

    public void Delete(NatGatewayRecord gateway, DateTimeOffset now)
    {
        var ending = gateway with { State = "deleting", StateDue = cloud.After(now, cloud.Delays.Terminated), DeletedAt = now };
        tables.NatGateways.Put(ending);
        Schedule(ending);
    }

    private void Schedule(NatGatewayRecord gateway)
    {
        if (gateway.State != "available")
        {
            cloud.Agenda.At(gateway.StateDue, now => Advance(gateway.Id, now));
        }
    }

    private void Advance(string id, DateTimeOffset now)
    {
        if (tables.NatGateways.Find(id) is not { } gateway || now < gateway.StateDue)
        {
            return;
        }

        switch (gateway.State)
        {
            case "pending" when tables.InternetGateways.All.Any(each => each.VpcId == gateway.VpcId) || gateway.IsPrivate:
                tables.NatGateways.Put(gateway with { State = "available" });
                break;
            case "pending":
                Release(gateway with
                {
                    State = "failed",
                    FailureCode = "Gateway.NotAttached",
                    FailureMessage = $"Network {gateway.VpcId} has no Internet gateway attached",
                });
                break;
            case "deleting":
                Release(gateway with { State = "deleted" });
                break;
            case "failed" or "deleted":
                tables.NatGateways.Remove(id);
                break;
        }

        void Release(NatGatewayRecord ended)
        {
            if (gateway.InterfaceId is { } own)
            {
                interfaces.Free(own);
                tables.Interfaces.Remove(own);
            }

            var kept = ended with { StateDue = now + s_forget };
            tables.NatGateways.Put(kept);
            Schedule(kept);
        }
    }
}
