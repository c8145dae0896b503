using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Keys;

/// <summary>Public keys in OpenSSH's form (RFC 4253, section 6.6).</summary>
internal static class PublicKeyText
{
    /// <summary>The SDK and the CLI send base64 of the text; some tools send the text.</summary>
    public static string Decode(string? material)
    {
        if (string.IsNullOrEmpty(material))
        {
            throw CloudException.Missing("PublicKeyMaterial");
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(material)).Trim();
        }
        catch (FormatException)
        {
            return material.Trim();
        }
    }

    public static (string Type, byte[] Blob) Parse(string text)
    {
        try
        {
            if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var body, ..] && name is "ssh-rsa" or "ssh-ed25519")
            {
                return (name == "ssh-rsa" ? "rsa" : "ed25519", Convert.FromBase64String(body));
            }
        }
        catch (FormatException)
        {
        }

        throw new CloudException("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
    }

    public static string OfRsa(RSA rsa, string comment)
    {
        var key = rsa.ExportParameters(false);
        using var blob = new MemoryStream();
        Write(blob, "ssh-rsa"u8);
        Write(blob, Positive(key.Exponent!));
        Write(blob, Positive(key.Modulus!));
        return $"ssh-rsa {Convert.ToBase64String(blob.ToArray())} {comment}";
    }

    /// <summary>The SubjectPublicKeyInfo of an RSA key, which EC2 takes the fingerprint of.</summary>
    public static byte[] DerOf(ReadOnlySpan<byte> blob)
    {
        try
        {
            Read(ref blob);
            var exponent = Read(ref blob).ToArray();
            var modulus = Read(ref blob).ToArray();
            using var rsa = RSA.Create(new RSAParameters { Exponent = exponent, Modulus = modulus[0] == 0 ? modulus[1..] : modulus });
            return rsa.ExportSubjectPublicKeyInfo();
        }
        catch (Exception error) when (error is CryptographicException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new CloudException("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
        }
    }

    private static ReadOnlySpan<byte> Read(ref ReadOnlySpan<byte> blob)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(blob);
        var value = blob.Slice(4, length);
        blob = blob[(4 + length)..];
        return value;
    }

    private static void Write(Stream blob, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        blob.Write(length);
        blob.Write(value);
    }

    private static byte[] Positive(byte[] number) => number[0] < 0x80 ? number : [0, .. number];
}
