using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Baker.LocalCloud.Compute.Model;

/// <summary>A range of IPv4 addresses.</summary>
internal readonly record struct Cidr(uint First, int Bits)
{
    public long Count => 1L << (32 - Bits);

    public uint Last => (uint)(First + Count - 1);

    /// <summary>The range that a text such as <c>10.0.0.0/16</c> stands for, bits of hosts dropped; null where it is none.</summary>
    public static Cidr? Read(string? text)
    {
        if (text?.Split('/') is not [var address, var length]
            || AddressOf(address) is not { } first
            || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            || bits > 32)
        {
            return null;
        }

        return new Cidr(bits == 0 ? 0 : first & (uint.MaxValue << (32 - bits)), bits);
    }

    /// <summary>An IPv4 address in its usual form as a number.</summary>
    public static uint? AddressOf(string? text)
    {
        if (text?.Split('.').Length != 4
            || !IPAddress.TryParse(text, out var address)
            || address.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        return (uint)((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
    }

    public static bool IsIpv6(string? text) =>
        text?.Split('/') is [var address, var length]
        && IPAddress.TryParse(address, out var parsed)
        && parsed.AddressFamily == AddressFamily.InterNetworkV6
        && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
        && bits <= 128;

    public static string TextOf(uint address) =>
        $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";

    public bool Contains(uint address) => address >= First && address <= Last;

    public bool Contains(Cidr other) => other.Bits >= Bits && Contains(other.First);

    public bool Overlaps(Cidr other) => Contains(other.First) || other.Contains(First);

    public override string ToString() => $"{TextOf(First)}/{Bits}";
}
