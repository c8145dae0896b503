using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Baker.Core;

namespace Baker.Cloud.Instances;

/// <summary>The public half of a private key file, and the fingerprints that EC2 may show for it.</summary>
/// <param name="PublicHalf">In OpenSSH's form.</param>
/// <param name="Fingerprints">The first is the one of an imported key.</param>
/// <param name="Path">The file, for messages.</param>
#pragma warning disable CA5350, CA5351 // names of keys, which EC2 defines so; nothing is protected by them
public sealed record SshKey(string PublicHalf, ImmutableArray<string> Fingerprints, string Path)
{
    private const string OpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----";

    /// <summary>What comes before an Ed25519 public key in its DER form (RFC 8410).</summary>
    private static readonly byte[] s_ed25519 = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>OpenSSH's own key files carry the public half unencrypted; PEM files give it by calculation.</summary>
    /// <exception cref="BakerException">The text is no private key that can be read.</exception>
    public static SshKey Read(string text, string path)
    {
        try
        {
            return text.TrimStart().StartsWith(OpenSsh, StringComparison.Ordinal) ? OfOpenSsh(text, path) : OfPem(text, path);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or FormatException)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"{path} holds no private key that can be read: {error.Message}",
                "Give an OpenSSH or PEM private key without a passphrase on it (ssh-keygen -p removes one).",
                error);
        }
    }

    /// <summary>Whether a key pair is made from this key: by its public key where EC2 tells it, else by its fingerprint.</summary>
    public bool Matches(string? publicKey, string? fingerprint) =>
        publicKey?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var type, var blob, ..]
            ? $"{type} {blob.TrimEnd()}" == PublicHalf
            : Fingerprints.Contains(fingerprint?.TrimEnd('=') ?? "");

    private static SshKey OfOpenSsh(string text, string path)
    {
        var body = Convert.FromBase64String(string.Concat(text
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && !line.StartsWith("-----", StringComparison.Ordinal))));
        var at = "openssh-key-v1\0".Length;
        Part(body, ref at); // cipher
        Part(body, ref at); // key derivation
        Part(body, ref at); // its options
        at += 4; // how many keys: one
        return OfBlob(Part(body, ref at), [], path);
    }

    private static SshKey OfPem(string text, string path)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(text);
        var key = rsa.ExportParameters(includePrivateParameters: false);
        var bytes = new List<byte>();
        Append(bytes, "ssh-rsa"u8.ToArray());
        Append(bytes, Positive(key.Exponent!));
        Append(bytes, Positive(key.Modulus!));

        // A key that EC2 itself made has the hash of its private half.
        return OfBlob([.. bytes], [Colons(SHA1.HashData(rsa.ExportPkcs8PrivateKey()))], path);
    }

    private static SshKey OfBlob(byte[] blob, ImmutableArray<string> more, string path)
    {
        var at = 0;
        var type = Encoding.ASCII.GetString(Part(blob, ref at));
        ImmutableArray<string> fingerprints = type switch
        {
            "ssh-rsa" => [Colons(MD5.HashData(RsaInfo(blob, at))), .. more],
            "ssh-ed25519" =>
            [
                Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('='),
                Colons(SHA256.HashData([.. s_ed25519, .. Part(blob, ref at)])),
            ],
            _ => throw new FormatException($"EC2 takes RSA and Ed25519 keys, not {type}"),
        };
        return new SshKey($"{type} {Convert.ToBase64String(blob)}", fingerprints, path);
    }

    private static byte[] RsaInfo(byte[] blob, int at)
    {
        using var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Exponent = Number(Part(blob, ref at)), Modulus = Number(Part(blob, ref at)) });
        return rsa.ExportSubjectPublicKeyInfo();
    }

    private static string Colons(byte[] hash) =>
        string.Join(':', hash.Select(each => each.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    private static byte[] Part(byte[] bytes, ref int at)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        var part = bytes.AsSpan(at + 4, length).ToArray();
        at += 4 + length;
        return part;
    }

    private static void Append(List<byte> bytes, byte[] part)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        bytes.AddRange(length);
        bytes.AddRange(part);
    }

    /// <summary>SSH's numbers are signed: a leading one bit needs a zero byte before it.</summary>
    private static byte[] Positive(byte[] number) => (number[0] & 0x80) == 0 ? number : [0, .. number];

    private static byte[] Number(byte[] positive) => positive is [0, .. var rest] ? rest : positive;
}
