using System.Globalization;
using System.Net;
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
        var (first, count) = Range(cidr);
        var at = _next.GetValueOrDefault(cidr, _offset % count);
        for (uint tried = 0; tried < count; tried++, at++)
        {
            var address = first + (at % count);
            var last = address & 0xff;
            var text = Text(address);
            if (last is not 0 and not 255 && address >> 8 != 0x7f0000 && tables.InstancesByAddress[text].Count == 0)
            {
                _next[cidr] = at + 1;
                return text;
            }
        }

        throw new CloudException(
            "InsufficientFreeAddressesInSubnet",
            $"There are not enough free addresses in {cidr} to satisfy the requested number of instances.");
    }

    public static uint CountOf(string cidr) => Range(cidr).Count;

    private static (uint First, uint Count) Range(string cidr)
    {
        var parts = cidr.Split('/');
        var bytes = IPAddress.Parse(parts[0]).GetAddressBytes();
        var bits = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return ((uint)((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]), bits == 0 ? uint.MaxValue : 1u << (32 - bits));
    }

    private static string Text(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";
}
