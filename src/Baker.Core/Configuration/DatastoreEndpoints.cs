using System.Collections.Immutable;
using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Configuration;

/// <summary>Where a datastore is reached: what nodes are given of it, and what the parameter holds that they read it from.</summary>
/// <param name="Values"><c>store</c>, what was looked up, and of <see cref="Fields"/> those that it has.</param>
public sealed record DatastoreEndpoints(ImmutableSortedDictionary<string, string> Values)
{
    private const string Store = "store";
    private const string Nodes = "nodes";
    private const string Port = "port";

    /// <summary>What nodes are given: each a variable and an attribute, of the same names.</summary>
    public static ImmutableArray<string> Fields { get; } = ["engine", "host", Port, "reader_host", Nodes];

    /// <summary>Host and port of the endpoint that writes are for.</summary>
    public string Address => $"{Values.GetValueOrDefault("host")}:{Values.GetValueOrDefault(Port)}";

    /// <summary>The attributes, as Chef has them at <c>datastores.NAME</c>.</summary>
    public JObject Attributes => new(Fields.Where(Values.ContainsKey).Select(each => new JProperty(each, Token(each))));

    /// <param name="readerHost">Where reads may go to; null where that is the host itself.</param>
    /// <param name="nodes">Every node of a cache, as <c>HOST:PORT</c>.</param>
    public static DatastoreEndpoints Of(
        Datastore datastore,
        string? engine,
        string host,
        int port,
        string? readerHost = null,
        IEnumerable<string>? nodes = null)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        values[Store] = datastore.Words;
        values["host"] = host;
        values[Port] = port.ToString(CultureInfo.InvariantCulture);
        values["reader_host"] = string.IsNullOrEmpty(readerHost) ? host : readerHost;
        if (!string.IsNullOrEmpty(engine))
        {
            values["engine"] = engine;
        }

        if (string.Join(',', (nodes ?? []).Order(StringComparer.Ordinal)) is { Length: > 0 } all)
        {
            values[Nodes] = all;
        }

        return new DatastoreEndpoints(values.ToImmutable());
    }

    /// <summary>What a parameter holds; null where nobody could have written that.</summary>
    public static DatastoreEndpoints? Parse(string text)
    {
        try
        {
            var values = JObject.Parse(text).Properties()
                .Where(each => each.Name == Store || Fields.Contains(each.Name))
                .Select(each => KeyValuePair.Create(
                    each.Name,
                    each.Value is JArray list ? string.Join(',', list.Select(item => (string?)item)) : (string?)each.Value ?? ""));
            return new DatastoreEndpoints(values.ToImmutableSortedDictionary(StringComparer.Ordinal));
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidCastException)
        {
            return null;
        }
    }

    /// <summary>The variables of all kinds of datastores with that name, each of which has some.</summary>
    public static IEnumerable<string> VariablesOf(string name) => Fields.Select(field => Variable(name, field));

    /// <summary>The variables that nodes have in <c>/etc/baker/env</c>.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables(string name) =>
        Fields.Where(Values.ContainsKey).Select(field => KeyValuePair.Create(Variable(name, field), Values[field]));

    /// <summary>What the parameter holds.</summary>
    public override string ToString() =>
        new JObject([new JProperty(Store, Values.GetValueOrDefault(Store)), .. Attributes.Properties()]).ToString(Formatting.None);

    private static string Variable(string name, string field) =>
        string.Concat($"{name}_{field}".Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToUpperInvariant(letter) : '_'));

    private JToken Token(string field) => field switch
    {
        Port when int.TryParse(Values[field], NumberStyles.None, CultureInfo.InvariantCulture, out var port) => port,
        Nodes => new JArray(Values[field].Split(',')),
        _ => Values[field],
    };
}
