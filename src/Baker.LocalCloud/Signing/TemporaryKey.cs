using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Configuration;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// A temporary access key of STS. Nothing of it is stored: its token says which key it is for, until when, and that this cloud has
/// said so; its secret comes out of the token and the cloud's own.
/// </summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Role">The role and the session's name with a slash between; empty for the account's user.</param>
internal sealed record TemporaryKey(string Id, string Secret, string Token, DateTimeOffset Ends, string Account, string Role)
{
    public const string Beginning = "ASIA";

    private const int MacLength = 32;
    private const int TimeLength = 8;

    public static TemporaryKey Make(AccessKey key, DateTimeOffset ends, string account, string role = "")
    {
        role = $"{account}:{role}";
        var id = AccessKey.RandomId(Beginning);
        var text = new byte[TimeLength + id.Length + Encoding.UTF8.GetByteCount(role)];
        BinaryPrimitives.WriteInt64BigEndian(text, ends.ToUnixTimeSeconds());
        Encoding.ASCII.GetBytes(id, text.AsSpan(TimeLength));
        Encoding.UTF8.GetBytes(role, text.AsSpan(TimeLength + id.Length));
        return Of(key, id, [.. key.Derive("session", text), .. text]);
    }

    /// <summary>The key of a token; null where this cloud never gave it to that key.</summary>
    public static TemporaryKey? Read(AccessKey key, string id, string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length)
            && length >= MacLength + TimeLength + id.Length
            && bytes.AsMemory(0, length) is var all
            && CryptographicOperations.FixedTimeEquals(key.Derive("session", all.Span[MacLength..]), all.Span[..MacLength])
            && Encoding.ASCII.GetString(all.Span.Slice(MacLength + TimeLength, id.Length)) == id
                ? Of(key, id, bytes[..length])
                : null;
    }

    private static TemporaryKey Of(AccessKey key, string id, byte[] token)
    {
        var who = Encoding.UTF8.GetString(token.AsSpan(MacLength + TimeLength + id.Length));
        var colon = who.IndexOf(':', StringComparison.Ordinal);
        return new(
            id,
            Convert.ToHexStringLower(key.Derive("session secret", token)),
            Convert.ToBase64String(token),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(token.AsSpan(MacLength))),
            colon < 0 ? Identifiers.AccountId : who[..colon],
            who[(colon + 1)..]);
    }
}
