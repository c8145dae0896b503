using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;

namespace Baker.Core.Artifacts;

/// <summary>
/// A hash of all that goes into an image: the merged group, its scripts, roles, cookbooks and data bags, the commits of its source
/// trees, and the source image. Left out is what does not change what is on an instance: the fleet's settings (<c>autoscale</c>), its
/// tasks, how it is reached, and the Packer template, which only Packer follows.
/// </summary>
public static class Fingerprint
{
    private static readonly HashSet<string> s_leftOut = new(StringComparer.Ordinal)
    {
        "autoscale", "image_channel", "retention", "template", "communicator", "ssh_username",
        "ssh_interface", "ssh_port", "ssh_timeout", "ssh_private_key_file", "ssh_agent_auth",
        "temporary_security_group_source_cidrs", "data_bag_secret_file", "code", "line_endings", "tasks",
        "config_secrets", "config_kms_key_id",
    };

    /// <returns>32 hexadecimal digits.</returns>
    public static string Of(BakeInput input, string sourceImageId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "3"); // the version of what Baker itself does on an instance
        foreach (var attribute in input.Group.Attributes.Properties().Where(attribute => !s_leftOut.Contains(attribute.Name)))
        {
            Add(hash, attribute.Name);
            Add(hash, attribute.Value.ToString(Formatting.None));
        }

        Add(hash, input.Group.UserData.Span);
        Add(hash, sourceImageId);
        foreach (var file in input.Files)
        {
            Add(hash, file.Path);
            Add(hash, file.Digest.Span);
        }

        foreach (var tree in input.Code)
        {
            Add(hash, tree.Source.Path); // the commit says what is there, wherever it was fetched from
            Add(hash, tree.Commit);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static void Add(IncrementalHash hash, string text) => Add(hash, Encoding.UTF8.GetBytes(text));

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(BitConverter.GetBytes((long)bytes.Length)); // so that no two lists of parts run together alike
        hash.AppendData(bytes);
    }
}
