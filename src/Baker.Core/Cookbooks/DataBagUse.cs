using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Baker.Core.Artifacts;

namespace Baker.Core.Cookbooks;

/// <summary>The data bags that Ruby reads.</summary>
/// <param name="Names">Those that it names in so many words.</param>
/// <param name="IsCertain">Whether there are no others: false where a name is worked out.</param>
public sealed partial record DataBagUse(ImmutableSortedSet<string> Names, bool IsCertain)
{
    /// <summary>Of what cannot be looked into.</summary>
    public static DataBagUse Unknown { get; } = new([], IsCertain: false);

    public static DataBagUse In(IEnumerable<PayloadFile> files)
    {
        var names = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var isCertain = true;
        foreach (var file in files.Where(IsRead))
        {
            foreach (var line in Encoding.UTF8.GetString(file.Content.Span).Split('\n').Where(line => !line.TrimStart().StartsWith('#')))
            {
                foreach (Match mention in Mention().Matches(line))
                {
                    var named = Literal().Match(line, mention.Index);
                    if (named.Success && !named.Value.Contains("#{", StringComparison.Ordinal))
                    {
                        names.Add(named.Groups["name"].Value);
                    }
                    else
                    {
                        isCertain &= mention.Groups["search"].Success;
                    }
                }
            }
        }

        return new DataBagUse(names.ToImmutable(), isCertain);
    }

    // cookbooks/NAME/FOLDER/…; what tests a cookbook never runs on an instance.
    private static bool IsRead(PayloadFile file) =>
        (file.Path.EndsWith(".rb", StringComparison.Ordinal) || file.Path.EndsWith(".erb", StringComparison.Ordinal))
        && file.Path.Split('/') is not [_, _, "spec" or "test", ..];

    // A search may be for nodes or for roles; one whose first word is not written out is Chef server's affair.
    [GeneratedRegex("""(?<!["'\w])(?:\w*(?:data_bag|DataBag|chef_vault|ChefVault)\w*|(?<search>search)(?=[ (]))(?!["'])""")]
    private static partial Regex Mention();

    [GeneratedRegex("""\G\w+(?:::\w+)?(?:\.load)?\s*\(?\s*(?:"(?<name>[^"]+)"|'(?<name>[^']+)'|:(?<name>\w+))""")]
    private static partial Regex Literal();
}
