using System.Text.Json;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>
/// What IAM checks of a policy before it keeps it. Actions and conditions are not looked up.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
/// </summary>
internal static class PolicyDocument
{
    private static readonly string[] s_keys = ["Version", "Id", "Statement"];
    private static readonly string[] s_statementKeys =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

    /// <summary>A policy that says what its owner may do.</summary>
    public static string Check(string document, int largest)
    {
        foreach (var statement in Statements(document, largest))
        {
            if (statement.TryGetProperty("Principal", out _) || statement.TryGetProperty("NotPrincipal", out _))
            {
                throw Malformed("Policy document should not specify a principal.");
            }

            foreach (var resource in Texts(statement, OneOf(statement, "Resource", "NotResource")))
            {
                if (resource != "*" && !(resource.StartsWith("arn:", StringComparison.Ordinal) && resource.Count(each => each == ':') >= 5))
                {
                    throw Malformed($"Resource {resource} must be in ARN format or \"*\".");
                }
            }
        }

        return document;
    }

    /// <summary>A policy that says who may be a role.</summary>
    /// <param name="isRole">Whether an ARN of a role of this account is that of one.</param>
    public static string CheckTrust(string document, int largest, Func<string, bool> isRole)
    {
        foreach (var statement in Statements(document, largest))
        {
            if (statement.TryGetProperty("Resource", out _) || statement.TryGetProperty("NotResource", out _))
            {
                throw Malformed("Has prohibited field Resource");
            }

            if (!statement.TryGetProperty("Principal", out var principal))
            {
                if (!statement.TryGetProperty("NotPrincipal", out _))
                {
                    throw Malformed("Missing required field Principal");
                }

                continue;
            }

            if (principal.ValueKind == JsonValueKind.String && principal.GetString() == "*")
            {
                continue;
            }

            if (principal.ValueKind != JsonValueKind.Object)
            {
                throw Malformed("Invalid principal in policy");
            }

            foreach (var kind in principal.EnumerateObject())
            {
                if (kind.Name is not ("AWS" or "Service" or "Federated" or "CanonicalUser"))
                {
                    throw Malformed($"Invalid principal in policy: \"{kind.Name}\"");
                }

                foreach (var name in Texts(principal, kind.Name))
                {
                    if (kind.Name == "AWS" && name.Contains(":role/", StringComparison.Ordinal) && !isRole(name))
                    {
                        throw Malformed($"Invalid principal in policy: \"AWS\":\"{name}\"");
                    }
                }
            }
        }

        return document;
    }

    public static CloudException Malformed(string message) => new("MalformedPolicyDocument", message);

    private static List<JsonElement> Statements(string document, int largest)
    {
        // White space does not count.
        if (document.Count(each => !char.IsWhiteSpace(each)) > largest)
        {
            throw new CloudException("LimitExceeded", $"Cannot exceed quota for PolicySize: {largest}", 409);
        }

        JsonElement root;
        try
        {
            using var parsed = JsonDocument.Parse(document);
            root = parsed.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Malformed("This policy contains invalid Json");
        }

        if (root.ValueKind != JsonValueKind.Object
            || root.EnumerateObject().Any(each => !s_keys.Contains(each.Name))
            || !root.TryGetProperty("Statement", out var statements))
        {
            throw Malformed("Syntax errors in policy.");
        }

        if (root.TryGetProperty("Version", out var version)
            && (version.ValueKind != JsonValueKind.String || version.GetString() is not ("2012-10-17" or "2008-10-17")))
        {
            throw Malformed("Syntax errors in policy.");
        }

        List<JsonElement> all = statements.ValueKind == JsonValueKind.Array ? [.. statements.EnumerateArray()] : [statements];
        if (all.Count == 0)
        {
            throw Malformed("Syntax errors in policy.");
        }

        all.ForEach(CheckStatement);
        var names = all.Where(each => each.TryGetProperty("Sid", out _)).Select(each => each.GetProperty("Sid").ToString()).ToList();
        return names.Distinct(StringComparer.Ordinal).Count() == names.Count
            ? all
            : throw Malformed("Statement IDs (SID) in a single policy must be unique.");
    }

    private static void CheckStatement(JsonElement statement)
    {
        if (statement.ValueKind != JsonValueKind.Object || statement.EnumerateObject().Any(each => !s_statementKeys.Contains(each.Name)))
        {
            throw Malformed("Syntax errors in policy.");
        }

        if (!statement.TryGetProperty("Effect", out var effect))
        {
            throw Malformed("Missing required field Effect");
        }

        if (effect.ValueKind != JsonValueKind.String || effect.GetString() is not ("Allow" or "Deny"))
        {
            throw Malformed($"Invalid effect: {effect}");
        }

        foreach (var action in Texts(statement, OneOf(statement, "Action", "NotAction")))
        {
            if (action != "*" && action.Split(':') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw Malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
            }
        }
    }

    private static string OneOf(JsonElement statement, string name, string other)
    {
        var (has, hasOther) = (statement.TryGetProperty(name, out _), statement.TryGetProperty(other, out _));
        return (has, hasOther) switch
        {
            (true, true) => throw Malformed("Syntax errors in policy."),
            (false, false) => throw Malformed(name == "Action"
                ? "Policy statement must contain actions."
                : "Policy statement must contain resources."),
            _ => has ? name : other,
        };
    }

    private static List<string> Texts(JsonElement holder, string name)
    {
        var value = holder.GetProperty(name);
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        return items.Count > 0 && items.TrueForAll(each => each.ValueKind == JsonValueKind.String)
            ? items.ConvertAll(each => each.GetString()!)
            : throw Malformed("Syntax errors in policy.");
    }
}
