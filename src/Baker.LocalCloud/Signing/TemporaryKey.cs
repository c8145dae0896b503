using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// A temporary access key of STS. Nothing of it is stored: its token says which key it is for, until when, and that this cloud has
/// said so; its secret comes out of the token and the cloud's own.
/// </summary>
internal sealed record TemporaryKey(string Id, string Secret, string Token, DateTimeOffset Ends)
{
    public const string Beginning = "ASIA";

    private const int MacLength = 32;
    private const int TimeLength = 8;

    public static TemporaryKey Make(AccessKey key, DateTimeOffset ends)
    {
        var id = AccessKey.RandomId(Beginning);
        var text = new byte[TimeLength + id.Length];
        BinaryPrimitives.WriteInt64BigEndian(text, ends.ToUnixTimeSeconds());
        Encoding.ASCII.GetBytes(id, text.AsSpan(TimeLength));
        return Of(key, id, [.. key.Derive("session", text), .. text]);
    }

    /// <summary>The key of a token; null where this cloud never gave it to that key.</summary>
    public static TemporaryKey? Read(AccessKey key, string id, string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length)
            && length == MacLength + TimeLength + id.Length
            && bytes.AsMemory(0, length) is var all
            && CryptographicOperations.FixedTimeEquals(key.Derive("session", all.Span[MacLength..]), all.Span[..MacLength])
            && Encoding.ASCII.GetString(all.Span[(MacLength + TimeLength)..]) == id
                ? Of(key, id, bytes[..length])
                : null;
    }

    private static TemporaryKey Of(AccessKey key, string id, byte[] token) => new(
        id,
        Convert.ToHexStringLower(key.Derive("session secret", token)),
        Convert.ToBase64String(token),
        DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(token.AsSpan(MacLength))));
}
