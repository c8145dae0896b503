using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// The keys that signatures of one day, Region and service are made with (Signature Version 4): the last ones are kept, since a client
/// uses the same for all its requests.
/// </summary>
internal sealed class SigningKeys
{
    public const string Algorithm = "AWS4-HMAC-SHA256";
    public const string Ending = "aws4_request";

    private const int MostKept = 64;

    private readonly ConcurrentDictionary<(string Secret, string Scope), byte[]> _kept = new();

    /// <summary>The signature of what was canonical.</summary>
    /// <param name="secret">The secret of the access key.</param>
    /// <param name="time">When it is signed, as ISO 8601 without punctuation.</param>
    /// <param name="scope">Day, Region, service and ending with slashes between.</param>
    /// <param name="canonical">The canonical request.</param>
    public string Sign(string secret, string time, string scope, ReadOnlySpan<byte> canonical) =>
        Sign(secret, scope, $"{Algorithm}\n{time}\n{scope}\n{Hash(canonical)}");

    /// <summary>The signature of a text that says its algorithm, its time and its scope.</summary>
    public string Sign(string secret, string scope, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Key(secret, scope), Encoding.UTF8.GetBytes(text)));

    /// <summary>SHA-256 as signatures write it.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Stamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    public static bool TryReadStamp(string? text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text,
        "yyyyMMdd'T'HHmmss'Z'",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal,
        out time);

    private byte[] Key(string secret, string scope)
    {
        if (_kept.TryGetValue((secret, scope), out var key))
        {
            return key;
        }

        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return _kept[(secret, scope)] = key;
    }
}
