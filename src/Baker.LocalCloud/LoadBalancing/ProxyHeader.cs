using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Baker.LocalCloud.LoadBalancing;

/// <summary>The header by which version 2 of the PROXY protocol tells a target who calls (haproxy.org, proxy-protocol.txt, 2.2).</summary>
internal static class ProxyHeader
{
    private const byte Proxied = 0x21;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;
    private static readonly byte[] s_signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    public static byte[] Of(IPEndPoint caller, IPEndPoint called)
    {
        byte[] body = [.. caller.Address.GetAddressBytes(), .. called.Address.GetAddressBytes(), .. new byte[4]];
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(^4..), (ushort)caller.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(^2..), (ushort)called.Port);
        var family = caller.AddressFamily == AddressFamily.InterNetwork ? TcpOverIPv4 : TcpOverIPv6;
        return [.. s_signature, Proxied, family, (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }
}
