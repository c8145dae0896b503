using System.Diagnostics;
using Baker.Core;

namespace Baker.Cli.Tests;

/// <summary>What one run of <c>package</c> said.</summary>
internal sealed record ProgramRun(ExitCode Code, string Out, string Error)
{
    /// <summary>Runs it as a process, to its end.</summary>
    public static async Task<ProgramRun> OfAsync(ProcessStartInfo start, string input = "")
    {
        var run = await ProcessRun.RunAsync(start, input);
        return new ProgramRun((ExitCode)run.Code, run.Out, run.Error);
    }
}
