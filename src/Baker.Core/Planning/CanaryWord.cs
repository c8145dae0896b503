using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>What a person has said to a canary that is under way.</summary>
/// <param name="Word"><see cref="Promote"/>, <see cref="Finish"/> or <see cref="Pause"/>.</param>
/// <param name="Number">The step of the canary that it was said at, from 1.</param>
public sealed record CanaryWord(string Word, int Number, string Run, string Owner)
{
    /// <summary>The next step is to come now.</summary>
    public const string Promote = "promote";

    /// <summary>So are all that follow.</summary>
    public const string Finish = "finish";

    /// <summary>The step stays until there is another word.</summary>
    public const string Pause = "pause";

    /// <summary>Whether the step ends by it.</summary>
    public bool Ends(int number) => (Word == Promote && Number == number) || (Word == Finish && Number <= number);

    public bool Holds(int number) => Word == Pause && Number == number;

    public string ToText() =>
        new JObject { ["word"] = Word, ["number"] = Number, ["run"] = Run, ["owner"] = Owner }.ToString(Formatting.None);

    /// <summary>Null where the text is none.</summary>
    public static CanaryWord? TryParse(string text)
    {
        try
        {
            var json = RecordJson.Parse(text);
            return (string?)json["word"] is { } word && (int?)json["number"] is { } number
                ? new CanaryWord(word, number, (string?)json["run"] ?? "", (string?)json["owner"] ?? "")
                : null;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or FormatException or InvalidCastException)
        {
            return null;
        }
    }

    /// <summary>The step of the canary that a journal is at; null where it is at none.</summary>
    public static int? NumberOf(FleetJournal journal) =>
        journal is { Canary: not null, Action: FleetAction.Update }
        && journal.Step.Split('-') is ["lead" or "canary" or "approve", var text]
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
