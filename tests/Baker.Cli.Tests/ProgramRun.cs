using System.Diagnostics;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests;

/// <summary>What one run of <c>package</c> said.</summary>
internal sealed record ProgramRun(ExitCode Code, string Out, string Error)
{
    /// <summary>What it said of its end, under <c>--json</c>: the last line but one that tells an error.</summary>
    public JObject End => JsonLines.Last(line => (string?)line["event"] == "end");

    /// <summary>Why it ended, under <c>--json</c>.</summary>
    public JObject Failure => (JObject)JsonLines[^1]["error"]!;

    /// <summary>Its lines, each an object.</summary>
    public IReadOnlyList<JObject> JsonLines => [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JObject.Parse)];

    /// <summary>Runs it as a process, to its end.</summary>
    public static async Task<ProgramRun> OfAsync(ProcessStartInfo start, string input = "")
    {
        var run = await ProcessRun.RunAsync(start, input);
        return new ProgramRun((ExitCode)run.Code, run.Out, run.Error);
    }
}
