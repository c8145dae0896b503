using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;
using Baker.LocalCloud.Systems.Records;

namespace Baker.LocalCloud.Systems.Parameters;

/// <summary>The account's parameters, and the public ones that the manifest names for its base images.</summary>
internal sealed class ParameterStore(CloudContext cloud)
{
    private const string Secret = "SecureString";
    private const string SealedPrefix = "AQICAH";
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly Lazy<byte[]> _sealing = new(() => cloud.Key.Derive("parameters", []));

    public Table<ParameterRecord> Table { get; } = cloud.Store.Table("parameters", SystemsJson.Default.ParameterRecord);

    /// <summary>The Region, and where it is not the home account's, whose it is: every account has parameters of its own.</summary>
    public static string PlaceOf(Call call) =>
        call.AccountId == Identifiers.AccountId ? call.Region : $"{call.AccountId}/{call.Region}";

    /// <summary>Finds a parameter by its name or ARN, of a version or label where one is appended; null where there is none.</summary>
    /// <exception cref="CloudException">The parameter exists, the version does not.</exception>
    public (ParameterRecord Parameter, ParameterVersion Version)? Find(Call call, string reference)
    {
        if (reference.StartsWith("arn:", StringComparison.Ordinal)
            && reference.IndexOf(":parameter", StringComparison.Ordinal) is var at and > 0)
        {
            reference = reference[(at + ":parameter".Length)..];
            reference = Table.Find(ParameterRecord.IdOf(PlaceOf(call), reference)) is null ? reference.TrimStart('/') : reference;
        }

        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        var (name, selector) = colon < 0 ? (reference, null) : (reference[..colon], reference[(colon + 1)..]);
        if ((Table.Find(ParameterRecord.IdOf(PlaceOf(call), name)) ?? Public(call.Region, name)) is not { } parameter)
        {
            return null;
        }

        var version = selector is null ? parameter.Latest
            : long.TryParse(selector, out var number) ? parameter.Versions.FirstOrDefault(v => v.Version == number)
            : parameter.Versions.FirstOrDefault(v => v.Labels.Contains(selector));
        return version is null
            ? throw new CloudException(
                "ParameterVersionNotFound",
                $"Systems Manager could not find version {selector} of {name}. Verify the version and try again.")
            : (parameter, version);
    }

    /// <summary>A new version's value as it is kept: a secret is sealed with a key of the cloud's own.</summary>
    public string Keep(string type, string value)
    {
        if (type != Secret)
        {
            return value;
        }

        var (text, nonce, tag) = (Encoding.UTF8.GetBytes(value), RandomNumberGenerator.GetBytes(NonceSize), new byte[TagSize]);
        using var cipher = new AesGcm(_sealing.Value, TagSize);
        cipher.Encrypt(nonce, text, text, tag);
        return SealedPrefix + Convert.ToBase64String([.. nonce, .. tag, .. text]);
    }

    /// <summary>The value of a version. Without decryption a secret is something that does not tell it.</summary>
    public string Value(ParameterVersion version, bool? decrypts)
    {
        if (version.Type != Secret || decrypts != true)
        {
            return version.Value;
        }

        var all = Convert.FromBase64String(version.Value[SealedPrefix.Length..]).AsSpan();
        var text = new byte[all.Length - NonceSize - TagSize];
        using var cipher = new AesGcm(_sealing.Value, TagSize);
        cipher.Decrypt(all[..NonceSize], all[(NonceSize + TagSize)..], all[NonceSize..(NonceSize + TagSize)], text);
        return Encoding.UTF8.GetString(text);
    }

    public ParameterRecord Own(Call call, string name) =>
        Table.Find(ParameterRecord.IdOf(PlaceOf(call), name)) ?? throw new CloudException("ParameterNotFound", "");

    /// <summary>The parameters under a path, the public ones included.</summary>
    public IEnumerable<ParameterRecord> Under(Call call, string path) =>
        Table
            .After(ParameterRecord.IdOf(PlaceOf(call), path))
            .TakeWhile(p => p.Region == PlaceOf(call) && p.Name.StartsWith(path, StringComparison.Ordinal))
            .Concat(PublicOf(call.Region).Where(p => p.Name.StartsWith(path, StringComparison.Ordinal)))
            .OrderBy(p => p.Name, StringComparer.Ordinal);

    private ParameterRecord? Public(string region, string name) => PublicOf(region).FirstOrDefault(p => p.Name == name);

    private IEnumerable<ParameterRecord> PublicOf(string region) =>
        cloud.Named.BaseImages
            .Where(b => b.Region == region && b.ParameterName is not null)
            .Select(b => new ParameterRecord(region, b.ParameterName!)
            {
                Versions = [new ParameterVersion(1, "String", b.Id, DateTimeOffset.UnixEpoch) { DataType = "aws:ec2:image" }],
            });
}
