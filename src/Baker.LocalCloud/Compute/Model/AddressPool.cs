using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>Hands out loopback addresses, one an instance, from the subnets' ranges.</summary>
internal sealed class AddressPool(ComputeTables tables, string stateFolder)
{
    private readonly Dictionary<string, uint> _next = new(StringComparer.Ordinal);

    // Two projects on one host start at different places, so that their instances rarely meet on an address.
    private readonly uint _offset = (uint)(stateFolder.Aggregate(17, (hash, c) => unchecked((hash * 31) + c)) & 0xfff) * 8;

    public string Take(string cidr)
    {
        var range = Cidr.Read(cidr)!.Value;
        var (first, count) = (range.First, (uint)range.Count);
        var at = _next.GetValueOrDefault(cidr, _offset % count);
        for (uint tried = 0; tried < count; tried++, at++)
        {
            var address = first + (at % count);
            var last = address & 0xff;
            var text = Cidr.TextOf(address);
            if (last is not 0 and not 255 && address >> 8 != 0x7f0000 && IsFree(text))
            {
                _next[cidr] = at + 1;
                return text;
            }
        }

        throw new CloudException(
            "InsufficientFreeAddressesInSubnet",
            $"There are not enough free addresses in {cidr} to satisfy the requested number of instances.");
    }

    public bool IsFree(string address) => tables.InstancesByAddress[address].Count == 0 && tables.InterfacesByAddress[address].Count == 0;
}
