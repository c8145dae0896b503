using System.Collections.Immutable;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Objects;

/// <summary>
/// The configurations of a bucket, by sub-resource: what S3 answers of a bucket that has none, and those that can be put, because
/// what they ask for holds here, or has no effect on anybody.
/// </summary>
internal static class BucketSettings
{
    private const int Largest = 64 * 1024;

    private static readonly XNamespace s_xml = "http://s3.amazonaws.com/doc/2006-03-01/";

    private static readonly Dictionary<string, Setting> s_settings = new Setting[]
    {
        new("accelerate", "BucketAccelerateConfiguration", Empty: () => new XElement(s_xml + "AccelerateConfiguration")),
        new("acl", "BucketAcl", Empty: Private),
        new("cors", "BucketCors", "CORSConfiguration", new("NoSuchCORSConfiguration", "The CORS configuration does not exist", 404)),
        new("encryption", "BucketEncryption", "ServerSideEncryptionConfiguration", Empty: Encryption, Check: CheckEncryption),
        new(
            "lifecycle",
            "BucketLifecycleConfiguration",
            "LifecycleConfiguration",
            new("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404)),
        new("logging", "BucketLogging", Empty: () => new XElement(s_xml + "BucketLoggingStatus")),
        new("notification", "BucketNotificationConfiguration", Empty: () => new XElement(s_xml + "NotificationConfiguration")),
        new(
            "object-lock",
            "ObjectLockConfiguration",
            None: new("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", 404)),
        new("ownershipControls", "BucketOwnershipControls", "OwnershipControls", Empty: Ownership, Check: CheckOwnership),
        new("policy", "BucketPolicy", None: new("NoSuchBucketPolicy", "The bucket policy does not exist", 404)) { IsText = true },
        new("policyStatus", "BucketPolicyStatus", None: new("NoSuchBucketPolicy", "The bucket policy does not exist", 404)),
        new("publicAccessBlock", "PublicAccessBlock", "PublicAccessBlockConfiguration", Empty: Blocked, Check: _ => { }),
        new(
            "replication",
            "BucketReplication",
            None: new("ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404)),
        new(
            "requestPayment",
            "BucketRequestPayment",
            Empty: () => new XElement(s_xml + "RequestPaymentConfiguration", new XElement(s_xml + "Payer", "BucketOwner"))),
        new(
            "tagging",
            "BucketTagging",
            "Tagging",
            new("NoSuchTagSet", "The TagSet does not exist", 404),
            Check: root => ObjectTags.OfBody(root, ObjectTags.MostOfBucket)),
        new(
            "versioning",
            "BucketVersioning",
            "VersioningConfiguration",
            Empty: () => new XElement(s_xml + "VersioningConfiguration"),
            Check: CheckVersioning),
        new(
            "website",
            "BucketWebsite",
            None: new("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", 404)),
    }.ToDictionary(each => each.Part, StringComparer.Ordinal);

    /// <summary>Every sub-resource that S3 has, of buckets or objects, whether it is answered here or not.</summary>
    public static IReadOnlySet<string> Parts { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "abac", "accelerate", "acl", "analytics", "append", "attributes", "cors", "delete", "encryption", "intelligent-tiering",
        "inventory", "legal-hold", "lifecycle", "location", "logging", "metadataConfiguration", "metadataTable", "metrics", "notification",
        "object-lock",
        "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment", "restore",
        "retention", "select", "session", "tagging", "torrent", "uploads", "versioning", "versions", "website",
    };

    /// <summary>The action that a method is on a bucket's configuration; null where the local cloud does not have it.</summary>
    public static string? ActionOf(string method, string part) => !s_settings.TryGetValue(part, out var setting) ? null : method switch
    {
        "GET" => "Get" + setting.Name,
        "PUT" when setting.CanBePut => "Put" + setting.Name,
        "DELETE" when setting.CanBeDeleted => "Delete" + setting.Name,
        _ => null,
    };

    /// <summary>What a bucket has, or S3's answer where it has nothing.</summary>
    public static CloudResponse Get(BucketRecord bucket, string part)
    {
        var setting = s_settings[part];
        if (bucket.Settings?.GetValueOrDefault(part) is { } kept)
        {
            return setting.IsText
                ? CloudResponse.Text(200, "application/json", kept)
                : CloudResponse.Text(200, "application/xml", kept);
        }

        return part == "policyStatus" && bucket.Settings?.ContainsKey("policy") == true
            ? throw new CloudException("NotImplemented", "The local cloud does not judge policies.", 501)
            : setting.None is { } none ? throw new CloudException(none.Code, none.Message, none.Status)
            : ObjectService.Xml(setting.Empty!());
    }

    /// <summary>The bucket with a configuration as it was sent.</summary>
    public static BucketRecord Put(BucketRecord bucket, string part, byte[] body)
    {
        var setting = s_settings[part];
        var settings = bucket.Settings ?? ImmutableSortedDictionary<string, string>.Empty;
        if (setting.IsText)
        {
            return bucket with { Settings = settings.SetItem(part, CheckPolicy(body)) };
        }

        var root = Read(body);
        if (root.Name.LocalName != setting.Root)
        {
            throw Malformed($"The root is not {setting.Root}.");
        }

        setting.Check!(root);
        return bucket with { Settings = settings.SetItem(part, root.ToString(SaveOptions.DisableFormatting)) };
    }

    public static BucketRecord Delete(BucketRecord bucket, string part) =>
        bucket with { Settings = bucket.Settings?.Remove(part) };

    /// <summary>The access control list of what belongs to the account alone.</summary>
    public static XElement Private()
    {
        XNamespace schema = "http://www.w3.org/2001/XMLSchema-instance";
        var (id, name) = (new XElement(s_xml + "ID", Configuration.Identifiers.AccountId), new XElement(s_xml + "DisplayName", "local"));
        return new XElement(
            s_xml + "AccessControlPolicy",
            new XElement(s_xml + "Owner", id, name),
            new XElement(s_xml + "AccessControlList", new XElement(
                s_xml + "Grant",
                new XElement(
                    s_xml + "Grantee",
                    new XAttribute(XNamespace.Xmlns + "xsi", schema),
                    new XAttribute(schema + "type", "CanonicalUser"),
                    new XElement(id),
                    new XElement(name)),
                new XElement(s_xml + "Permission", "FULL_CONTROL"))));
    }

    private static XElement Encryption() => new(
        s_xml + "ServerSideEncryptionConfiguration",
        new XElement(
            s_xml + "Rule",
            new XElement(s_xml + "ApplyServerSideEncryptionByDefault", new XElement(s_xml + "SSEAlgorithm", "AES256")),
            new XElement(s_xml + "BucketKeyEnabled", "false")));

    private static XElement Ownership() => new(
        s_xml + "OwnershipControls",
        new XElement(s_xml + "Rule", new XElement(s_xml + "ObjectOwnership", "BucketOwnerEnforced")));

    private static XElement Blocked() => new(
        s_xml + "PublicAccessBlockConfiguration",
        new[] { "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets" }
            .Select(each => new XElement(s_xml + each, "true")));

    private static void CheckVersioning(XElement root)
    {
        switch (Text(root, "Status"))
        {
            case "Suspended" when Text(root, "MfaDelete") is null or "Disabled":
                return;
            case "Enabled" or "Suspended":
                throw NotHere("keeps one version of an object alone");
            default:
                throw new CloudException(
                    "IllegalVersioningConfigurationException",
                    "The Versioning element must be specified",
                    400);
        }
    }

    private static void CheckEncryption(XElement root)
    {
        if (Text(root, "SSEAlgorithm") is not "AES256")
        {
            throw NotHere("has no encryption but the default AES256");
        }
    }

    private static void CheckOwnership(XElement root)
    {
        if (Text(root, "ObjectOwnership") is not "BucketOwnerEnforced")
        {
            throw NotHere("has no access control lists");
        }
    }

    private static string CheckPolicy(byte[] body)
    {
        var text = System.Text.Encoding.UTF8.GetString(body);
        try
        {
            using var parsed = JsonDocument.Parse(text);
            if (parsed.RootElement.ValueKind == JsonValueKind.Object && parsed.RootElement.TryGetProperty("Statement", out _))
            {
                return text;
            }
        }
        catch (JsonException)
        {
            throw new CloudException("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'");
        }

        throw new CloudException("MalformedPolicy", "Missing required field Statement");
    }

    private static string? Text(XElement root, string name) =>
        root.Descendants().FirstOrDefault(each => each.Name.LocalName == name)?.Value;

    public static XElement Read(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(
                new MemoryStream(body),
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = Largest });
            return XElement.Load(reader);
        }
        catch (XmlException error)
        {
            throw Malformed(error.Message);
        }
    }

    private static CloudException Malformed(string why) =>
        new("MalformedXML", $"The XML you provided was not well-formed or did not validate against our published schema. {why}");

    private static CloudException NotHere(string what) => new("NotImplemented", $"The local cloud {what}.", 501);

    private sealed record Absence(string Code, string Message, int Status);

    /// <param name="Name">What stands after the verb in the names of its actions.</param>
    /// <param name="Root">The root of what is put.</param>
    /// <param name="None">The error where there is none; null where S3 answers with <paramref name="Empty"/>.</param>
    /// <param name="Check">Refuses what does not hold here; null where it cannot be put.</param>
    private sealed record Setting(
        string Part,
        string Name,
        string? Root = null,
        Absence? None = null,
        Func<XElement>? Empty = null,
        Action<XElement>? Check = null)
    {
        public bool IsText { get; init; }

        public bool CanBePut => IsText || Check is not null;

        public bool CanBeDeleted => (CanBePut && Part != "versioning") || Part is "cors" or "lifecycle" or "website" or "replication";
    }
}
