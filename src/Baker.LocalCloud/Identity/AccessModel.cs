using System.Collections.Immutable;
using System.Security.Cryptography;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Identity;

/// <summary>What IAM knows: it has no regions. Nothing is forbidden to anybody by it.</summary>
internal sealed class AccessModel
{
    private const int UsualPage = 100;
    private const int MostTags = 50;
    private const string OfAws = "arn:aws:iam::aws:policy/";
    private const string Marks = "+=,.@-_";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private const string TrustOfInstances =
        """
        {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}
        """;

    private static readonly Lazy<IReadOnlyList<string>> s_policiesOfAws = new(ReadPolicies);

    private readonly CloudContext _cloud;

    public AccessModel(CloudContext cloud)
    {
        _cloud = cloud;
        Roles = cloud.Store.Table("iam-roles", AccessJson.Default.RoleRecord);
        Profiles = cloud.Store.Table("iam-instance-profiles", AccessJson.Default.ProfileRecord);
        Policies = cloud.Store.Table("iam-policies", AccessJson.Default.PolicyRecord);
    }

    public Table<RoleRecord> Roles { get; }

    public Table<ProfileRecord> Profiles { get; }

    public Table<PolicyRecord> Policies { get; }

    /// <summary>The names of AWS's own policies, with their paths.</summary>
    public static IReadOnlyList<string> PoliciesOfAws => s_policiesOfAws.Value;

    public static bool IsOfAws(string arn) => arn.StartsWith(OfAws, StringComparison.Ordinal);

    public static string ArnOf(RoleRecord role) => Arn("role", role.Path, role.Name);

    public static string ArnOf(ProfileRecord profile) => Arn("instance-profile", profile.Path, profile.Name);

    public static string Arn(string kind, string path, string name) => $"arn:aws:iam::{Identifiers.AccountId}:{kind}{path}{name}";

    /// <summary>Like <c>AROA</c> and seventeen letters and digits: another one for what is made anew under the same name.</summary>
    public static string NewId(string prefix) => prefix + RandomNumberGenerator.GetString(Letters, 17);

    /// <summary>The instance profile that a launch names, by name or ARN.</summary>
    public ProfileFacts? Profile(string nameOrArn)
    {
        EnsureNamed();
        var isArn = nameOrArn.StartsWith("arn:", StringComparison.Ordinal);
        return Profiles.Find(IdOf(isArn ? nameOrArn[(nameOrArn.LastIndexOf('/') + 1)..] : nameOrArn)) is { } found
            && (isArn ? ArnOf(found) : found.Name) == nameOrArn
                ? new ProfileFacts(ArnOf(found), found.UniqueId, Roles.Find(found.RoleId)?.Name, found.CreatedAt)
                : null;
    }

    public RoleRecord Role(string name)
    {
        EnsureNamed();
        return Roles.Find(IdOf(name)) is { } found && IsVisible(found.CreatedAt)
            ? found
            : throw NoEntity($"The role with name {name} cannot be found.");
    }

    public ProfileRecord InstanceProfile(string name)
    {
        EnsureNamed();
        return Profiles.Find(IdOf(name)) is { } found && IsVisible(found.CreatedAt)
            ? found
            : throw NoEntity($"Instance Profile {name} cannot be found.");
    }

    public PolicyRecord Policy(string arn) => IsOfAws(arn) && HasPolicy(arn)
        ? throw new CloudException("AccessDenied", $"The policy {arn} is AWS's own.", 403)
        : Policies.Find(arn) ?? throw NoPolicy(arn);

    /// <summary>Whether there is a policy of the account or of AWS.</summary>
    public bool HasPolicy(string arn) => IsOfAws(arn)
        ? PoliciesOfAws.Contains(arn[OfAws.Length..])
        : Policies.Find(arn) is not null;

    public static string ArnOfAws(string name) => OfAws + name;

    public static string IdOf(string name) => name.ToLowerInvariant();

    public static CloudException NoEntity(string message) => new("NoSuchEntity", message, 404);

    public static CloudException NoPolicy(string arn) => NoEntity($"Policy {arn} does not exist or is not attachable.");

    public static CloudException Conflict(string message) => new("DeleteConflict", message, 409);

    public static CloudException Exists(string message) => new("EntityAlreadyExists", message, 409);

    public static CloudException Limit(string quota, int most) => new("LimitExceeded", $"Cannot exceed quota for {quota}: {most}", 409);

    /// <exception cref="CloudException">IAM does not take it for a name, or a path.</exception>
    public static string CheckName(string parameter, string name, int longest) =>
        name.Length > 0 && name.Length <= longest && name.All(each => char.IsAsciiLetterOrDigit(each) || Marks.Contains(each))
            ? name
            : throw Invalid(parameter, name, $"Member must satisfy regular expression pattern: [\\w+=,.@-]{{1,{longest}}}");

    public static string CheckPath(string? path) => path switch
    {
        null => "/",
        _ when path.Length <= 512 && path[0] == '/' && path[^1] == '/' && path.All(each => each is > ' ' and < '\x7f') => path,
        _ => throw Invalid("path", path, "Member must satisfy regular expression pattern: (/)|(/[!-~]+/)"),
    };

    public static CloudException Invalid(string parameter, string value, string constraint) => new(
        "ValidationError",
        $"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {constraint}");

    public static ImmutableSortedDictionary<string, string> CheckTags(
        ImmutableSortedDictionary<string, string> before,
        IEnumerable<(string? Key, string? Value)> more)
    {
        var read = RequestTags.Check("ValidationError", more);
        if (read.Keys.FirstOrDefault(each => each.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) is { } reserved)
        {
            throw new CloudException("InvalidInput", $"Tag keys beginning with aws: are reserved: {reserved}");
        }

        if (read.FirstOrDefault(each => each.Key.Length > 128 || each.Value.Length > 256) is { Key: { } longKey })
        {
            throw Invalid("tags", longKey, "Member must have length less than or equal to 128, and its value 256");
        }

        var tags = before.SetItems(read);
        return tags.Count <= MostTags ? tags : throw Limit("TagsPerRole", MostTags);
    }

    /// <summary>A page of a listing, as IAM cuts them.</summary>
    public static (List<T> Items, bool IsTruncated, string? Marker) Page<T>(
        IEnumerable<T> all,
        Func<T, string> order,
        int? size,
        string? marker)
    {
        if (size is < 1 or > 1000)
        {
            throw Invalid("maxItems", $"{size}", "Member must have value from 1 to 1000");
        }

        var ordered = all.OrderBy(order, StringComparer.Ordinal).ToList();
        var (items, next) = Paging.Page(
            after => ordered.Where(each => after is null || string.CompareOrdinal(order(each), after) > 0),
            order,
            size ?? UsualPage,
            string.IsNullOrEmpty(marker) ? null : marker);
        return (items, next is not null, next);
    }

    /// <summary>Makes the instance profiles that manifests name, each with a role of its name.</summary>
    public void EnsureNamed()
    {
        foreach (var named in _cloud.Named.InstanceProfiles.IsDefault ? [] : _cloud.Named.InstanceProfiles)
        {
            // Of an ARN what follows the kind is a path and the name; one of another account is not here.
            var isArn = named.StartsWith("arn:", StringComparison.Ordinal);
            var name = isArn ? named[(named.LastIndexOf('/') + 1)..] : named;
            var path = isArn && named.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash
                ? named[slash..(named.LastIndexOf('/') + 1)]
                : "/";
            if (name.Length == 0 || Profiles.Find(IdOf(name)) is not null)
            {
                continue;
            }

            if (Roles.Find(IdOf(name)) is null)
            {
                Roles.Put(new RoleRecord(IdOf(name))
                {
                    Name = name,
                    Path = "/",
                    UniqueId = NewId("AROA"),
                    Trust = TrustOfInstances,
                    Description = "named by the manifest",
                    LongestSession = 3600,
                    Policies = ImmutableSortedDictionary<string, string>.Empty,
                    Attached = [],
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    Tags = ImmutableSortedDictionary<string, string>.Empty,
                });
            }

            Profiles.Put(new ProfileRecord(IdOf(name))
            {
                Name = name,
                Path = path,
                UniqueId = NewId("AIPA"),
                RoleId = IdOf(name),
                CreatedAt = DateTimeOffset.UnixEpoch,
                Tags = ImmutableSortedDictionary<string, string>.Empty,
            });
        }
    }

    private bool IsVisible(DateTimeOffset created) => _cloud.Faults.IsVisible(created, _cloud.Now);

    private static List<string> ReadPolicies()
    {
        using var reader = new StreamReader(typeof(AccessModel).Assembly.GetManifestResourceStream("aws-policies.txt")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
