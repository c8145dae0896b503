using Amazon.IdentityManagement.Model;

namespace Baker.LocalCloud.Identity;

/// <summary>How IAM shows things that several of its resources have.</summary>
internal static class AccessView
{
    public static List<Tag> Tags(IEnumerable<KeyValuePair<string, string>> tags) =>
        [.. tags.Select(each => new Tag { Key = each.Key, Value = each.Value })];

    /// <summary>IAM shows documents as they stand in a URL.</summary>
    public static string Document(string document) => Uri.EscapeDataString(document);

    /// <summary>The path in the ARN of a policy.</summary>
    public static string PathOf(string arn) => arn[arn.IndexOf('/', StringComparison.Ordinal)..(arn.LastIndexOf('/') + 1)];
}
