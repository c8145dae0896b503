using Baker.Core.Manifest;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Discovery;

/// <summary>A change of the catalogue: what a service on a node has become.</summary>
public sealed record CatalogChange(ServiceName Service, string Instance, ServiceState State)
{
    public string ToText() => new JObject
    {
        ["service"] = Service.ToString(),
        ["instance"] = Instance,
        ["state"] = ServiceEntry.Word(State),
    }.ToString(Formatting.None);

    /// <summary>Null where the text is none.</summary>
    public static CatalogChange? TryParse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return (string?)json["service"] is { } service
                && ServiceName.IsOne(service)
                && (string?)json["instance"] is { } instance
                && ServiceEntry.IsInstance(instance)
                && ServiceEntry.StateOf((string?)json["state"]) is { } state
                    ? new CatalogChange(ServiceName.Parse(service), instance, state)
                    : null;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidCastException)
        {
            return null;
        }
    }
}
