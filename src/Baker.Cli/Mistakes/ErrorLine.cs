using Amazon.Runtime;
using Baker.Core;
using Baker.Core.Manifest;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Mistakes;

/// <summary>What ended a command, for a program: the last line of standard output under <c>--json</c>.</summary>
internal static class ErrorLine
{
    private const string Option = "--json";

    /// <summary>Whether the command is asked for JSON; what follows two dashes is another program's.</summary>
    public static bool IsWanted(string[] arguments)
    {
        var at = Array.IndexOf(arguments, Option);
        var end = Array.IndexOf(arguments, "--");
        return at >= 0 && (end < 0 || at < end);
    }

    public static string Interrupted() => Line(new BakerException(ExitCode.Interrupted, "interrupted"));

    public static string Bug(Exception failure) => Line(new BakerException(
        ExitCode.Bug,
        $"this is a bug in Baker: {failure.GetType().Name}: {failure.Message}",
        "Report it with what is on standard error.",
        failure));

    public static string Line(BakerException error)
    {
        var first = error.Diagnostics.FirstOrDefault(each => each.Severity == Severity.Error) ?? error.Diagnostics.FirstOrDefault();
        var place = error.Place ?? first?.Place;
        return new JObject
        {
            ["error"] = new JObject
            {
                ["code"] = (int)error.Code,
                ["diagnostic"] = first?.Code,
                ["message"] = error.Message,
                ["place"] = place is null ? null : Json(place),
                ["remedy"] = error.Remedy,
                ["request_id"] = RequestOf(error),
                ["diagnostics"] = new JArray(error.Diagnostics.Select(each => new JObject
                {
                    ["severity"] = each.Severity == Severity.Error ? "error" : "warning",
                    ["diagnostic"] = each.Code,
                    ["message"] = each.Message,
                    ["place"] = Json(each.Place),
                    ["remedy"] = each.Remedy,
                })),
            },
        }.ToString(Formatting.None);
    }

    private static JObject Json(SourcePlace place) => new()
    {
        ["file"] = place.File,
        ["line"] = place.Position.Line,
        ["column"] = place.Position.Column,
    };

    /// <summary>The id that AWS gave the request which it refused.</summary>
    private static string? RequestOf(Exception? failure) => failure switch
    {
        null => null,
        AmazonServiceException { RequestId: { Length: > 0 } id } => id,
        AggregateException { InnerExceptions: [var one, ..] } => RequestOf(one),
        _ => RequestOf(failure.InnerException),
    };
}
