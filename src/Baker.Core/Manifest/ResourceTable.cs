namespace Baker.Core.Manifest;

/// <summary>The reserved keys under which the resources around the fleets stand, at the top level or in an environment.</summary>
public static class ResourceTable
{
    internal const string SecurityGroups = "__security_groups__";
    internal const string Balancers = "__balancers__";
    internal const string Topics = "__topics__";
    internal const string Datastores = "__datastores__";

    private static readonly AttributeRule[] Rules =
    [
        new(
            SecurityGroups,
            "{\"web\": {\"inbound\": [{\"port\": 80, \"from\": [\"0.0.0.0/0\", \"::/0\"]}]}}",
            Section(NetworkChecks.SecurityGroup)),
        new(
            Balancers,
            "{\"www\": {\"listeners\": [{\"port\": 80, \"protocol\": \"HTTP\"}], \"health_check\": {\"path\": \"/__heartbeat__\"}}}",
            Section(BalancerChecks.Balancer)),
        new(
            Topics,
            "{\"ops\": {\"subscriptions\": [{\"email\": \"ops@example.com\"}]}}",
            Section(TopicChecks.Topic)),
        new(
            Datastores,
            "{\"main\": {\"rds\": \"main-db\"}, \"search\": {\"host\": \"search.internal\", \"port\": 9200}}",
            Section(DatastoreChecks.Datastore, DatastoreChecks.Name)),
    ];

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> Names => Rules.Select(rule => rule.Name);

    internal static bool Has(string key) => Array.Exists(Rules, rule => rule.Name == key);

    /// <summary>Checks what a layer says under one of the keys.</summary>
    /// <returns>The value; null where it is no object.</returns>
    internal static ManifestValue? Read(string path, string key, ManifestValue value, DiagnosticBag diagnostics)
    {
        if (value.Kind == ValueKind.Null)
        {
            return value;
        }

        var rule = Array.Find(Rules, rule => rule.Name == key)!;
        rule.Check.Run(new CheckContext(diagnostics) { Example = rule.Example }, path, value);
        return value.Kind == ValueKind.Object ? value : null;
    }

    private static ValueCheck Section(ValueCheck entry, ValueCheck? name = null) => Checks.MapOf(
        entry.OrNull(),
        name ?? Checks.TextLike("a name of letters, digits, hyphens, dots and underscores", "", text => GroupName.IsOne(text)));
}
