using System.Security.Cryptography;

namespace Baker.LocalCloud.Compute.Keys;

/// <summary>The fingerprints that EC2 shows: SHA-1 of a private key it made, MD5 of a public key that was imported.</summary>
#pragma warning disable CA5350, CA5351 // names of keys, which EC2 defines so; nothing is protected by them
internal static class KeyFingerprint
{
    public static string OfPrivate(byte[] pkcs8) => Colons(SHA1.HashData(pkcs8));

    public static string OfPublic(byte[] subjectPublicKeyInfo) => Colons(MD5.HashData(subjectPublicKeyInfo));

    private static string Colons(byte[] hash) => string.Join(':', hash.Select(b => b.ToString("x2")));
}
