using System.Collections.Immutable;
using Baker.Core.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>The <c>canary</c> of a group's <c>autoscale</c>: which shares a new fleet gets, and what judges it.</summary>
public sealed record CanarySettings
{
    public required ImmutableArray<CanaryStep> Steps { get; init; }

    public ImmutableArray<CanaryCheck> Checks { get; init; } = [];

    /// <summary>Whether too little traffic to judge by ends it; else it waits for more.</summary>
    public bool StopsWhenQuiet { get; init; }

    /// <param name="json">As the manifest has it, which has checked it, or a journal.</param>
    public static CanarySettings Of(JObject json) => new()
    {
        Steps =
        [
            .. json["steps"]!.Select(each => CanaryStep.TryParse((string)each!, out var problem)
                ?? throw new FormatException($"The step {each} {problem}.")),
        ],
        Checks = [.. (json["checks"] as JArray ?? []).OfType<JObject>().Select(CanaryCheck.Of)],
        StopsWhenQuiet = (string?)json["quiet"] == "stop",
    };

    internal JObject ToJson() => new()
    {
        ["steps"] = new JArray(Steps.Select(step => step.ToString())),
        ["checks"] = new JArray(Checks.Select(check => check.ToJson())),
        ["quiet"] = StopsWhenQuiet ? "stop" : "wait",
    };
}
