using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Artifacts;

/// <summary>
/// A hash of all that goes into an image: the merged group, its scripts, roles, cookbooks and data bags, the commits of its source
/// trees, and the source image. Left out is what does not change what is on an instance: the fleet's settings (<c>autoscale</c>), its
/// alarms and balancers, its tasks, the services it provides and needs, how it is reached, what it is tested with, and the Packer
/// template, which only Packer follows.
/// The environment counts where Chef runs, which is told of it; else two that make the same of a group share its images.
/// </summary>
public static class Fingerprint
{
    private static readonly HashSet<string> s_leftOut = new(StringComparer.Ordinal)
    {
        "architectures", "autoscale", "image_channel", "retention", "template", "communicator", "ssh_username",
        "fast_snapshot_restore", "volume_initialization_rate",
        "ssh_interface", "ssh_port", "ssh_timeout", "ssh_private_key_file", "ssh_agent_auth",
        "temporary_security_group_source_cidrs", "data_bag_secret_file", "code", "line_endings", "tasks",
        "config_secrets", "config_kms_key_id", "verify", "verify_http", "verify_on_error",
        "provides", "needs", "services_from", "alarms", "after", "balancer", "deploy_window", "notifications",
        "services_reload", "services_converge", "drain", "catalog_user",
    };

    private static readonly HashSet<string> s_byArchitecture = new(StringComparer.Ordinal)
    {
        "instance_type", "instance_types", "source_ami", "source_ami_filter", "source_ami_parameter",
    };

    /// <summary>What may change between two runs on one instance: it concerns the steps, or the image that is made in the end.</summary>
    private static readonly HashSet<string> s_later = new(StringComparer.Ordinal)
    {
        "provision", "run_list", "post_run_list", "default_attributes", "override_attributes", "dna",
        "description", "tags", "snapshot_tags", "ami_regions", "ami_users", "region_kms_key_ids", "deprecate_after",
    };

    /// <summary>A hash of what an instance is before its first step: a bake can only go on where this has not changed.</summary>
    public static string OfStart(BakeInput input, string sourceImageId)
    {
        using var hash = Begin(input, sourceImageId, attribute => !s_later.Contains(attribute));
        return Text(hash);
    }

    /// <returns>32 hexadecimal digits.</returns>
    public static string Of(BakeInput input, string sourceImageId)
    {
        using var hash = Begin(input, sourceImageId, _ => true);
        if (input.Group.Environment is { } environment && !input.Group.RunList.IsEmpty)
        {
            Add(hash, environment); // Chef sees it
        }

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

        return Text(hash);
    }

    private static IncrementalHash Begin(BakeInput input, string sourceImageId, Func<string, bool> counts)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "3"); // the version of what Baker itself does on an instance
        var architecture = input.Group.Architecture;
        foreach (var attribute in input.Group.Attributes.Properties()
            .Where(attribute => !s_leftOut.Contains(attribute.Name) && counts(attribute.Name)))
        {
            // Of what is given by architecture only this one's: the image of another is another's affair.
            var own = architecture is not null && s_byArchitecture.Contains(attribute.Name)
                ? (attribute.Value as JObject)?[architecture]
                : null;
            Add(hash, attribute.Name);
            Add(hash, (own ?? attribute.Value).ToString(Formatting.None));
        }

        if (architecture is not null)
        {
            Add(hash, architecture);
        }

        Add(hash, input.Group.UserData.Span);
        Add(hash, sourceImageId);
        return hash;
    }

    private static string Text(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));

    private static void Add(IncrementalHash hash, string text) => Add(hash, Encoding.UTF8.GetBytes(text));

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(BitConverter.GetBytes((long)bytes.Length)); // so that no two lists of parts run together alike
        hash.AppendData(bytes);
    }
}
