using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>That an environment is frozen: nothing in it is changed until somebody lifts it.</summary>
/// <param name="Owner">user@host, for people.</param>
/// <param name="Since">By the cloud's clock.</param>
/// <param name="Why">Null where nobody said.</param>
public sealed record FreezeRecord(string Owner, string Since, string? Why)
{
    /// <summary>Of a parameter that is there and cannot be read: it is frozen all the same.</summary>
    private static readonly FreezeRecord s_unreadable = new("something that Baker cannot read", "an unknown time", null);

    public string ToText() => new JObject
    {
        ["owner"] = Owner,
        ["since"] = Since,
        ["why"] = Why,
    }.ToString(Formatting.None);

    public static FreezeRecord Parse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new(
                (string?)json["owner"] ?? s_unreadable.Owner,
                (string?)json["since"] ?? s_unreadable.Since,
                (string?)json["why"]);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidCastException or FormatException)
        {
            return s_unreadable;
        }
    }

    /// <summary>Who froze it, when and why.</summary>
    public string Words => $"frozen since {Since} by {Owner}: {Why ?? "no reason was given"}";
}
