using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>The checksum of an object's bytes, in base64: the client's, which S3 checks and keeps, or S3's own.</summary>
internal sealed record ObjectChecksum(string Algorithm, string Value)
{
    private const string Prefix = "x-amz-checksum-";
    private const string Usual = "crc64nvme";

#pragma warning disable CA5350, CA5351 // S3 defines these; nothing is protected by them
    private static readonly Dictionary<string, Func<byte[], byte[]>> s_algorithms = new(StringComparer.Ordinal)
    {
        ["crc32"] = bytes => BigEndian(Crc32.HashToUInt32(bytes)),
        ["crc32c"] = bytes => BigEndian(Crc32.HashToUInt32(Crc32ParameterSet.Crc32C, bytes)),
        [Usual] = bytes => BigEndian(Crc64.HashToUInt64(Crc64ParameterSet.Nvme, bytes)),
        ["sha1"] = SHA1.HashData,
        ["sha256"] = SHA256.HashData,
    };

    /// <summary>The header that it stands in.</summary>
    public string Header => Prefix + Algorithm;

    public static ObjectChecksum Of(byte[] bytes) => Of(Usual, bytes);

    /// <summary>The checksum of what a request carries, after comparing it with what the request says it is.</summary>
    /// <exception cref="CloudException">They differ, or what the request says is no checksum.</exception>
    public static ObjectChecksum Check(CloudRequest request, byte[] bytes)
    {
        if (request["Content-MD5"] is { } md5)
        {
            Compare(
                md5,
                MD5.HashData(bytes),
                new("InvalidDigest", "The Content-MD5 you specified was invalid."),
                "The Content-MD5 you specified did not match what we received.");
        }

        var given = s_algorithms.Keys.Where(each => Given(request, Prefix + each) is not null).ToList();
        if (given.Count > 1)
        {
            throw new CloudException(
                "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        }

        if (given is not [var algorithm])
        {
            return Of(bytes);
        }

        var right = Of(algorithm, bytes);
        Compare(
            Given(request, right.Header)!,
            Convert.FromBase64String(right.Value),
            new("InvalidRequest", $"Value for {right.Header} header is invalid."),
            $"The {algorithm.ToUpperInvariant()} you specified did not match the calculated checksum.");
        return right;
    }

    private static ObjectChecksum Of(string algorithm, byte[] bytes) =>
        new(algorithm, Convert.ToBase64String(s_algorithms[algorithm](bytes)));

    // In a header, or after the body where another header says so.
    private static string? Given(CloudRequest request, string name)
    {
        var trailers = request["x-amz-trailer"]?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (request[name] is not null || !trailers.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return request[name];
        }

        var rest = request.Body.AsSpan();
        var at = rest.LastIndexOf(Encoding.ASCII.GetBytes($"\n{name}:"));
        if (at < 0)
        {
            throw new CloudException(
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to our published schema.");
        }

        rest = rest[(at + name.Length + 2)..];
        return Encoding.ASCII.GetString(rest[..(rest.IndexOf((byte)'\n') is >= 0 and var end ? end : rest.Length)]).Trim();
    }

    private static void Compare(string given, byte[] right, CloudException malformed, string different)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(given, bytes, out var length) || length != right.Length)
        {
            throw malformed;
        }

        if (!bytes[..length].SequenceEqual(right))
        {
            throw new CloudException("BadDigest", different);
        }
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] BigEndian(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
