using Baker.Core.Manifest;

namespace Baker.Core.Discovery;

/// <summary>
/// Where the catalogue lies among SSM's parameters, and among etcd's keys: an entry in <c>/baker/services/SERVICE/INSTANCE</c>, in an
/// environment in <c>/baker/env/ENVIRONMENT/services/SERVICE/INSTANCE</c>, and in SSM beside the services what counts the changes, which
/// cannot be one's name.
/// </summary>
public sealed record CatalogPath(EnvironmentName? Environment)
{
    private const int MostNamed = 3;

    /// <summary>What its parameters' names begin with, without the last slash.</summary>
    public string Root => Environment is { } name ? $"/baker/env/{name}/services" : "/baker/services";

    /// <summary>The parameter whose version is that of the catalogue, and whose value is its last change.</summary>
    public string Version => $"{Root}/_version";

    public string Of(ServiceName service) => $"{Root}/{service}";

    public string Entry(ServiceName service, string instance) => $"{Root}/{service}/{instance}";

    /// <summary>What an entry's parameter is of; null where it is none's.</summary>
    public (ServiceName Service, string Instance)? Parse(string parameter) =>
        parameter.StartsWith(Root, StringComparison.Ordinal)
        && parameter[Root.Length..].Split('/') is ["", var service, var instance]
        && ServiceName.IsOne(service)
        && ServiceEntry.IsInstance(instance)
            ? (ServiceName.Parse(service), instance)
            : null;

    /// <summary>
    /// What an entry says counts only where its name says it too: a name is what a node's permissions are about. Null where it is none.
    /// </summary>
    public ServiceEntry? Read(string name, string value) =>
        Parse(name) is var (service, instance)
        && ServiceEntry.TryParse(value) is { } entry
        && entry.Service == service
        && entry.Instance == instance
            ? entry
            : null;

    /// <summary>What is said of what is no entry.</summary>
    /// <param name="names">Of at least one.</param>
    /// <param name="removes">The command that removes one, without the name.</param>
    public static string PassedOver(IReadOnlyList<string> names, string removes)
    {
        var shown = names.Select(name => IsTyped(name) ? name : Quoting.Quote(name)).Take(MostNamed).ToList();
        var are = names.Count == 1
            ? $"{shown[0]} is no entry of the catalogue, and is passed over"
            : $"{string.Join(", ", shown)}{(names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "")} "
                + "are no entries of the catalogue, and are passed over";
        return names.FirstOrDefault(IsTyped) is { } first
            ? $"{are}; {removes} {Quoting.ShellWord(first)} removes {(names.Count == 1 ? "it" : "the first")}."
            : $"{are}; no command line can have such a name: use a client of the catalogue.";
    }

    /// <summary>Whether a command line can have it: whoever may write below a service chooses the name.</summary>
    private static bool IsTyped(string name) =>
        !name.Any(letter => char.IsControl(letter) || letter == '\uFFFD' || char.IsSurrogate(letter));
}
