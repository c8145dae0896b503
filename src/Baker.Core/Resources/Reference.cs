using System.Text;

namespace Baker.Core.Resources;

/// <summary>
/// A place in a text for what another resource is on the cloud: <c>security_group:web</c> between two characters that Unicode keeps from
/// texts. Whatever a manifest says, a shell's <c>${HOME}</c> too, stays as it is.
/// </summary>
public static class Reference
{
    public const char Begin = '\uFDD0';

    private const char End = '\uFDD1';

    public static string To(string what, string key) => $"{Begin}{what}:{key}{End}";

    public static string SecurityGroup(string key) => To("security_group", key);

    public static string Topic(string key) => To("topic", key);

    public static string Balancer(string key) => To("balancer", key);

    /// <summary>What CloudWatch calls a balancer.</summary>
    public static string BalancerDimension(string key) => To("balancer_dimension", key);

    public static string TargetGroup(string balancer, string group) => To("target_group", $"{balancer}/{group}");

    public static string TargetGroupDimension(string balancer, string group) => To("target_group_dimension", $"{balancer}/{group}");

    public static string Listener(string balancer, int port) => To("listener", $"{balancer}/{port}");

    /// <summary>What was looked up of a datastore.</summary>
    public static string Datastore(string name, string field) => To("datastore", $"{name}/{field}");

    public static string Fleet(string group) => To("fleet", group);

    public static string Policy(string group, string name) => To("policy", $"{group}/{name}");

    public static string Resolve(string text, Func<string, string?> known)
    {
        var at = text.IndexOf(Begin);
        if (at < 0)
        {
            return text;
        }

        var resolved = new StringBuilder();
        var done = 0;
        for (; at >= 0; at = text.IndexOf(Begin, done))
        {
            var end = text.IndexOf(End, at);
            if (end < 0)
            {
                break;
            }

            resolved.Append(text, done, at - done);
            resolved.Append(known(text[(at + 1)..end]) ?? text[at..(end + 1)]);
            done = end + 1;
        }

        return resolved.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>What texts stand for, each of which may be several, with commas between.</summary>
    public static IEnumerable<string> ResolveAll(IEnumerable<string> texts, Func<string, string?> known) =>
        texts.SelectMany(text => Resolve(text, known).Split(", ", StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The text for people: what is not known yet by its key.</summary>
    public static string Plain(string text) => Resolve(text, reference => reference[(reference.IndexOf(':') + 1)..]);

    /// <summary>The first reference that is left in a text; null where there is none.</summary>
    public static string? Unresolved(string text)
    {
        var at = text.IndexOf(Begin);
        var end = at < 0 ? -1 : text.IndexOf(End, at);
        return end < 0 ? null : text[(at + 1)..end];
    }
}
