using Baker.Core;

namespace Baker.Cli.Tests;

/// <summary>What one run of <c>package</c> said.</summary>
internal sealed record ProgramRun(ExitCode Code, string Out, string Error);
