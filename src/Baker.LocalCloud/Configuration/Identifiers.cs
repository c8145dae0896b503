using System.Security.Cryptography;
using System.Text;

namespace Baker.LocalCloud.Configuration;

/// <summary>The account's id, and new ids of AWS's form.</summary>
public static class Identifiers
{
    /// <summary>The account that everything belongs to.</summary>
    public const string AccountId = "000000000000";

    /// <summary>A new id such as <c>i-0a1b2c3d4e5f60718</c>: the prefix, a zero, and sixteen random hexadecimal digits.</summary>
    public static string New(string prefix) => $"{prefix}-0{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    /// <summary>An id that is always the same for the same text.</summary>
    public static string For(string prefix, string text) =>
        $"{prefix}-0{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]}";
}
