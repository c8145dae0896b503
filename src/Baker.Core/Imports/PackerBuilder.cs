using System.Globalization;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Imports;

/// <summary>Packer's amazon-ebs builder, option by option: https://developer.hashicorp.com/packer/integrations/hashicorp/amazon.</summary>
internal static class PackerBuilder
{
    private const string MadeByBaker = "Baker chooses it itself";
    private const string NotOfTheImage = "it is of the instance that bakes, for which Baker has its own";

    private static readonly HashSet<string> s_texts = new(StringComparer.Ordinal)
    {
        "region", "instance_type", "source_ami", "vpc_id", "shutdown_behavior", "iam_instance_profile", "user_data", "user_data_file",
        "kms_key_id", "ssh_username", "ssh_timeout", "ssh_private_key_file",
    };

    private static readonly HashSet<string> s_flags = new(StringComparer.Ordinal)
    {
        "associate_public_ip_address", "ebs_optimized", "encrypt_boot", "ssh_agent_auth",
    };

    private static readonly HashSet<string> s_lists = new(StringComparer.Ordinal)
    {
        "ami_regions", "ami_users", "temporary_security_group_source_cidrs",
    };

    /// <summary>What has another name in the manifest.</summary>
    private static readonly Dictionary<string, string> s_renamed = new(StringComparer.Ordinal)
    {
        ["ami_description"] = "description",
        ["ssh_wait_timeout"] = "ssh_timeout",
        ["security_group_id"] = "security_groups",
        ["security_group_ids"] = "security_groups",
        ["temporary_security_group_source_cidr"] = "temporary_security_group_source_cidrs",
        ["block_device_mappings"] = "launch_block_device_mappings",
    };

    private static readonly Dictionary<string, string> s_reasons = new(StringComparer.Ordinal)
    {
        ["access_key"] = "keys are never written down; set AWS_PROFILE, or AWS_ACCESS_KEY_ID",
        ["secret_key"] = "keys are never written down; set AWS_PROFILE, or AWS_SECRET_ACCESS_KEY",
        ["token"] = "keys are never written down; set AWS_PROFILE, or AWS_SESSION_TOKEN",
        ["profile"] = "set AWS_PROFILE where you run package",
        ["assume_role"] = "name the role in ~/.aws/config, and set AWS_PROFILE",
        ["ami_name"] = "Baker names each image after its group and the time; image_name changes that",
        ["ami_virtualization_type"] = "Baker's images are hvm",
        ["ami_groups"] = "Baker makes no image public; ami_users shares it with accounts",
        ["ami_org_arns"] = "Baker shares images with accounts: ami_users",
        ["ami_ou_arns"] = "Baker shares images with accounts: ami_users",
        ["ami_block_device_mappings"] = "the image has the disks that the instance has: launch_block_device_mappings",
        ["force_deregister"] = "Baker keeps older images; see retention and packer:clean",
        ["force_delete_snapshot"] = "Baker keeps older images; see retention and packer:clean",
        ["deprecate_at"] = "a manifest says it as an age: deprecate_after",
        ["run_tags"] = NotOfTheImage,
        ["run_volume_tags"] = NotOfTheImage,
        ["spot_tags"] = NotOfTheImage,
        ["spot_price"] = "Baker bakes on demand",
        ["spot_price_auto_product"] = "Baker bakes on demand",
        ["spot_instance_types"] = "Baker bakes on demand; instance_types are tried in turn",
        ["block_duration_minutes"] = "Baker bakes on demand",
        ["skip_create_ami"] = "package packer:run --dry-run makes no image",
        ["skip_region_validation"] = MadeByBaker,
        ["shutdown_command"] = MadeByBaker,
        ["disable_stop_instance"] = MadeByBaker,
        ["temporary_key_pair_name"] = MadeByBaker,
        ["temporary_key_pair_type"] = MadeByBaker,
        ["temporary_security_group_source_public_ip"] = MadeByBaker,
        ["temporary_iam_instance_profile_policy_document"] = "name a profile: iam_instance_profile",
        ["ssh_keypair_name"] = "Baker logs in with ssh_private_key_file, the ssh-agent, or a key of its own",
        ["ssh_pty"] = MadeByBaker,
        ["metadata_options"] = "Baker's instances take IMDSv2 alone",
        ["imds_support"] = "Baker's instances take IMDSv2 alone",
        ["ena_support"] = "the image has what its source has",
        ["sriov_support"] = "the image has what its source has",
        ["enable_t2_unlimited"] = NotOfTheImage,
        ["enable_unlimited_credits"] = NotOfTheImage,
        ["security_group_filter"] = "name the groups: security_groups",
        ["subnet_filter"] = "name the subnets: subnet_id",
        ["vpc_filter"] = "name it: vpc_id",
        ["custom_endpoint_ec2"] = "set AWS_ENDPOINT_URL_EC2",
        ["mfa_code"] = "sign in before",
        ["pause_before_connecting"] = MadeByBaker,
        ["aws_polling"] = MadeByBaker,
    };

    private static readonly string[] s_deviceTexts = ["device_name", "volume_type", "kms_key_id", "snapshot_id"];
    private static readonly string[] s_deviceNumbers = ["volume_size", "iops", "throughput"];
    private static readonly string[] s_deviceFlags = ["encrypted", "delete_on_termination"];

    public static void Read(ImportDraft draft, PackerValues values, PackerOption builder)
    {
        var isOverSession = builder.Options().Any(option =>
            option.Name == "ssh_interface" && values.Resolve(option.Value).Value?.ToString() == "session_manager");
        foreach (var option in builder.Options())
        {
            if (option.Name is "name" or "type")
            {
                continue;
            }

            if (option.Name == "communicator" || option.Name.StartsWith("winrm_", StringComparison.Ordinal))
            {
                ReadCommunicator(draft, values, option, isOverSession);
            }
            else if (s_reasons.GetValueOrDefault(option.Name) is { } why)
            {
                draft.Leave(option.Place, option.Path, why);
            }
            else if (option.Name is "tags" or "snapshot_tags" && option.Value is JObject)
            {
                ReadTags(draft, values, option);
            }
            else if (values.Resolve(option.Value) is var (value, unknown) && value is null)
            {
                draft.Leave(option.Place, option.Path, unknown!);
            }
            else
            {
                ReadOption(draft, option, value!);
            }
        }

        // Packer's amazon-ebs goes by SSH where nothing else is said, and Baker by Session Manager.
        if (!draft.Attributes.ContainsKey("communicator")
            && !draft.Left.Any(note => note.Name.EndsWith(".communicator", StringComparison.Ordinal)))
        {
            draft.Carry("communicator", "ssh", builder.Place, $"{builder.Path}.communicator (Packer's default)");
        }
    }

    private static void ReadTags(ImportDraft draft, PackerValues values, PackerOption tags)
    {
        foreach (var tag in tags.Options())
        {
            var (value, why) = values.Resolve(Texts(new JObject { [tag.Name] = tag.Value.DeepClone() }));
            if (value is JObject resolved)
            {
                var field = resolved.Properties().First();
                draft.Carry(tags.Name, field.Value, tag.Place, tag.Path, field.Name);
            }
            else
            {
                draft.Leave(tag.Place, tag.Path, why!);
            }
        }
    }

    private static void ReadCommunicator(ImportDraft draft, PackerValues values, PackerOption option, bool isOverSession)
    {
        var value = values.Resolve(option.Value).Value?.ToString();
        if (option.Name == "communicator" && value is "ssh" or "none")
        {
            draft.Carry("communicator", value == "ssh" && isOverSession ? "ssm" : value, option.Place, option.Path);
        }
        else
        {
            draft.Leave(option.Place, option.Path, "Baker reaches instances through Session Manager or SSH, and has no Windows");
        }
    }

    private static void ReadOption(ImportDraft draft, PackerOption option, JToken value)
    {
        var (name, attribute) = (option.Name, s_renamed.GetValueOrDefault(option.Name, option.Name));
        switch (name)
        {
            case "ssh_interface" when value.ToString() == "session_manager":
                draft.Carry("communicator", "ssm", option.Place, option.Path);
                break;
            case "ssh_interface":
                draft.Carry(attribute, value, option.Place, option.Path);
                break;
            case "ssh_port":
                draft.Carry(attribute, Number(value), option.Place, option.Path);
                break;
            case "subnet_id" or "availability_zone":
                draft.Carry(attribute, value, option.Place, option.Path);
                break;
            case "security_group_id" or "security_group_ids":
                draft.AppendNew(attribute, Listed(value), option.Place, option.Path);
                break;
            case "ami_description":
                draft.Carry(attribute, value, option.Place, option.Path);
                break;
            case "region_kms_key_ids":
                draft.Carry(attribute, Texts(value), option.Place, option.Path);
                break;
            case "source_ami_filter":
                draft.Carry(attribute, Filter(draft, option, value), option.Place, option.Path);
                break;
            case "launch_block_device_mappings" or "block_device_mappings":
                draft.Carry(attribute, Devices(draft, option, value), option.Place, option.Path);
                break;
            default:
                if (s_texts.Contains(attribute))
                {
                    draft.Carry(attribute, value, option.Place, option.Path);
                }
                else if (s_flags.Contains(attribute))
                {
                    draft.Carry(attribute, Flag(value), option.Place, option.Path);
                }
                else if (s_lists.Contains(attribute))
                {
                    draft.Carry(attribute, new JArray(Listed(value)), option.Place, option.Path);
                }
                else
                {
                    draft.Leave(option.Place, option.Path, "a manifest has nothing like it");
                }

                break;
        }
    }

    // What goes through a user variable is a text.
    private static JToken Flag(JToken value) =>
        value.Type == JTokenType.String && bool.TryParse((string)value!, out var flag) ? new JValue(flag) : value;

    private static JToken Number(JToken value) =>
        value.Type == JTokenType.String
        && long.TryParse((string)value!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new JValue(number)
            : value;

    private static IEnumerable<JToken> Listed(JToken value) => value is JArray list ? [.. list]
        : value.Type == JTokenType.String ? ((string)value!)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(item => new JValue(item))
        : [value];

    private static JToken Texts(JToken value) => value is not JObject fields ? value
        : new JObject(fields.Properties().Select(field => new JProperty(
            field.Name,
            field.Value is JValue { Type: not JTokenType.String } other ? other.ToString(CultureInfo.InvariantCulture) : field.Value)));

    private static JToken Filter(ImportDraft draft, PackerOption option, JToken value)
    {
        if (value is not JObject fields)
        {
            return value;
        }

        var filter = new JObject();
        foreach (var field in fields.Properties())
        {
            switch (field.Name)
            {
                case "filters":
                    filter["filters"] = Texts(field.Value);
                    break;
                case "owners":
                    filter["owners"] = new JArray(Listed(field.Value));
                    break;
                case "most_recent":
                    filter["most_recent"] = Flag(field.Value);
                    break;
                default:
                    draft.Leave(option.Place, $"{option.Path}.{field.Name}", "a manifest has nothing like it");
                    break;
            }
        }

        return filter;
    }

    private static JToken Devices(ImportDraft draft, PackerOption option, JToken value)
    {
        if (value is not JArray list)
        {
            return value;
        }

        var devices = new JArray();
        foreach (var (device, index) in list.Select((device, index) => (device, index)))
        {
            if (device is not JObject fields)
            {
                continue;
            }

            var read = new JObject();
            foreach (var field in fields.Properties())
            {
                if (s_deviceTexts.Contains(field.Name))
                {
                    read[field.Name] = field.Value;
                }
                else if (s_deviceNumbers.Contains(field.Name))
                {
                    read[field.Name] = Number(field.Value);
                }
                else if (s_deviceFlags.Contains(field.Name))
                {
                    read[field.Name] = Flag(field.Value);
                }
                else
                {
                    draft.Leave(option.Place, $"{option.Path}[{index}].{field.Name}", "a manifest has nothing like it");
                }
            }

            devices.Add(read);
        }

        return devices;
    }
}
