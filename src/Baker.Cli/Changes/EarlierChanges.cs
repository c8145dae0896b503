using System.Text.RegularExpressions;
using Baker.Core.Planning;
using Newtonsoft.Json;

namespace Baker.Cli.Changes;

/// <summary>How long the steps of a change took the last times that the same was done, by the records beside the manifest.</summary>
internal sealed partial class EarlierChanges(string folder, string command, string subject)
{
    /// <summary>How many of the newest records are looked at.</summary>
    private const int Most = 40;

    private readonly Lazy<Dictionary<string, TimeSpan>> _times = new(() => Read(folder, command, subject));

    /// <summary>Null where the step is not known.</summary>
    public TimeSpan? Of(ChangeStep step) => _times.Value.TryGetValue(Alike(step.Text), out var time) ? time : null;

    private static Dictionary<string, TimeSpan> Read(string folder, string command, string subject)
    {
        var times = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.json").OrderDescending(StringComparer.Ordinal).Take(Most))
            {
                if (TryRead(file) is { } record && record.Command == command && record.Subject == subject)
                {
                    foreach (var step in record.Steps.Where(step => step.Result == "done"))
                    {
                        times.TryAdd(Alike(step.Text), TimeSpan.FromSeconds(step.Seconds));
                    }
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then nothing is known.
        }

        return times;
    }

    private static ChangeRecord? TryRead(string file)
    {
        try
        {
            return ChangeRecord.Parse(File.ReadAllText(file));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // not one of them
        }
    }

    /// <summary>The text without what is another one each time.</summary>
    private static string Alike(string text) => Names().Replace(text, "#");

    [GeneratedRegex(@"-v\d+\b|\bami-\w+")]
    private static partial Regex Names();
}
