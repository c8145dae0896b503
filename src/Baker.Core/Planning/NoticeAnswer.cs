using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Planning;

/// <summary>What requests get while a notice is on, in the form of <see cref="NoticeRecord.Answer"/>.</summary>
public static class NoticeAnswer
{
    /// <summary>As much as a balancer's fixed response can have.</summary>
    public const int LongestPage = 1024;

    private const string UsualPage = "This service is down for maintenance. Please come back in a few minutes.\n";

    /// <param name="text">The page; null for a line of Baker's.</param>
    /// <param name="name">The file it is from, whose ending says what it is.</param>
    /// <param name="status">What is asked for, null for 503.</param>
    public static string Page(string? text, string? name, string? status)
    {
        status ??= "503";
        if (status.Length != 3 || status[0] is not ('2' or '4' or '5') || !status.All(char.IsAsciiDigit))
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"--status {status} is not a status that a balancer can answer with.",
                "Give one from 200 to 299, or from 400 to 599.");
        }

        if (text is { Length: > LongestPage })
        {
            throw new BakerException(
                ExitCode.BadInput,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} has {text.Length} characters: a balancer answers with at most {LongestPage}."),
                "Put the page elsewhere and use --redirect URL, or --target-group ARN of those that serve it.");
        }

        return One(new JObject
        {
            ["type"] = "fixed-response",
            ["fixed"] = new JObject { ["status"] = status, ["content"] = Content(name), ["body"] = text ?? UsualPage },
        });
    }

    public static string Redirect(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var to) || (to.Scheme != Uri.UriSchemeHttp && to.Scheme != Uri.UriSchemeHttps))
        {
            throw new BakerException(ExitCode.BadInput, $"--redirect {url} is no address.", "Write it as https://status.example.com/down.");
        }

        return One(new JObject
        {
            ["type"] = "redirect",
            ["redirect"] = new JObject
            {
                ["protocol"] = to.Scheme.ToUpperInvariant(),
                ["host"] = to.Host,
                ["port"] = to.Port.ToString(CultureInfo.InvariantCulture),
                ["path"] = to.AbsolutePath,
                ["query"] = to.Query.TrimStart('?'),
                ["status"] = "HTTP_302",
            },
        });
    }

    public static string TargetGroup(string arn) => arn.StartsWith("arn:", StringComparison.Ordinal)
        && arn.Contains(":targetgroup/", StringComparison.Ordinal)
            ? One(new JObject { ["type"] = "forward", ["group"] = arn })
            : throw new BakerException(
                ExitCode.BadInput,
                $"--target-group {arn} is no ARN of a target group.",
                "aws elbv2 describe-target-groups shows it.");

    private static string Content(string? name) => Path.GetExtension(name ?? "").ToUpperInvariant() switch
    {
        "" or ".TXT" => "text/plain",
        ".HTML" or ".HTM" => "text/html",
        ".JSON" => "application/json",
        ".CSS" => "text/css",
        ".JS" => "application/javascript",
        var other => throw new BakerException(
            ExitCode.BadInput,
            $"A balancer cannot answer with a {other.ToLowerInvariant()} file.",
            "Its types are .html, .txt, .json, .css and .js; for others use --redirect or --target-group."),
    };

    private static string One(JObject action) => new JArray(action).ToString(Formatting.None);
}
