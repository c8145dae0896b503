using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>How far an apply has come: kept on the cloud until it has come to its end.</summary>
/// <param name="Plan">The saved plan that it goes by; empty where it goes by none.</param>
/// <param name="Owner">user@host, for people.</param>
/// <param name="Since">By the cloud's clock.</param>
/// <param name="Reached">How many of the plan's items have been begun.</param>
/// <param name="Step">The last step that was begun.</param>
public sealed record ApplyRecord(string Plan, string Run, string Owner, string Since, int Reached, string Step)
{
    /// <summary>For a person: whose it is, and how far it has come.</summary>
    public string Words => $"begun by {Owner} at {Since}, last step: {Step}";

    public string ToText() => RecordJson.ToText(new JObject
    {
        ["plan"] = Plan,
        ["run"] = Run,
        ["owner"] = Owner,
        ["since"] = Since,
        ["reached"] = Reached,
        ["step"] = Step.Length > 300 ? Step[..300] : Step,
    });

    /// <summary>One that cannot be read is somebody's all the same.</summary>
    public static ApplyRecord Parse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return new(
                (string?)json["plan"] ?? "",
                (string?)json["run"] ?? "",
                (string?)json["owner"] ?? "somebody",
                (string?)json["since"] ?? "an unknown time",
                (int?)json["reached"] ?? 0,
                (string?)json["step"] ?? "");
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidCastException or FormatException)
        {
            return new("", "", "somebody", "an unknown time", 0, "one that Baker cannot read");
        }
    }
}
