using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// The access key of a local cloud: random, made when the cloud is first opened, in a file for its owner alone. It outlives a reset,
/// so that what was exported stays true.
/// </summary>
public sealed class AccessKey
{
    internal const string FileName = "key.json";

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string Beginning = "AKIALOCAL";
    private const int IdLength = 20;
    private const int SecretBytes = 20;

    internal AccessKey(string id, string secret) => (Id, Secret) = (id, secret);

    public string Id { get; }

    public string Secret { get; }

    /// <summary>The key of a state folder; null where it has none yet, or one that nobody can read.</summary>
    public static AccessKey? Find(string stateFolder)
    {
        try
        {
            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(PathIn(stateFolder)), KeyJson.Default.KeptKey);
            return kept is { Id.Length: IdLength, Secret.Length: 2 * SecretBytes } ? new AccessKey(kept.Id, kept.Secret) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The same, made where there is none. Called by who has the state.</summary>
    internal static AccessKey In(string stateFolder)
    {
        if (Find(stateFolder) is { } key)
        {
            return key;
        }

        key = New();
        var path = PathIn(stateFolder);
        File.Delete(path + ".new");
        PrivateFiles.Write(
            path + ".new",
            JsonSerializer.SerializeToUtf8Bytes(new KeptKey(key.Id, key.Secret), KeyJson.Default.KeptKey));
        File.Move(path + ".new", path, overwrite: true);
        return key;
    }

    internal static AccessKey New() => new(
        RandomId(Beginning),
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes)));

    internal static string RandomId(string beginning) =>
        beginning + RandomNumberGenerator.GetString(Letters, IdLength - beginning.Length);

    /// <summary>What only who has the key can answer to a word that was never said before. It signs nothing.</summary>
    public string Prove(string word) => Convert.ToHexStringLower(Derive("proof", Encoding.UTF8.GetBytes(word)));

    /// <summary>Bytes for one purpose alone, always the same for the same text.</summary>
    internal byte[] Derive(string purpose, ReadOnlySpan<byte> text) =>
        HMACSHA256.HashData(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes("baker " + purpose)), text);

    private static string PathIn(string stateFolder) => Path.Combine(stateFolder, FileName);
}

/// <summary>An access key as it is kept.</summary>
internal sealed record KeptKey(string Id, string Secret);

[JsonSerializable(typeof(KeptKey))]
internal sealed partial class KeyJson : JsonSerializerContext;
