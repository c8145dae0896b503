using System.Diagnostics;

namespace Baker.Cli.Tests.Programs;

/// <summary>A built <c>package</c>, as the words that start it.</summary>
internal sealed record PackageProgram(string Name, IReadOnlyList<string> Words)
{
    private static readonly PackageProgram s_assembly = new("the assembly", ["dotnet", typeof(Program).Assembly.Location]);

    /// <summary>What the launcher builds, where <c>BAKER_READY_TO_RUN_PROGRAM</c> says where it is; else the same code as the tests refer to it.</summary>
    public static PackageProgram ReadyToRun { get; } = Given("BAKER_READY_TO_RUN_PROGRAM", "ReadyToRun") ?? s_assembly;

    /// <summary>The native program; null where <c>BAKER_NATIVE_PROGRAM</c> names none.</summary>
    public static PackageProgram? Native { get; } = Given("BAKER_NATIVE_PROGRAM", "native");

    /// <summary>What tests run that need a process: the native program where there is one.</summary>
    public static PackageProgram ForProcesses => Native ?? s_assembly;

    /// <summary>As a line of a shell script.</summary>
    public string Shell => string.Join(' ', Words.Select(word => $"'{word}'"));

    public ProcessStartInfo Start(TestProject project, params IEnumerable<string> arguments) => new(Words[0], [.. Words.Skip(1), .. arguments])
    {
        WorkingDirectory = project.Folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    /// <summary>Makes it the project's <c>./package</c>.</summary>
    public void PlaceIn(TestProject project)
    {
        project.Write("package", $"#!/bin/sh\nexec {Shell} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(project.PathOf("package"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private static PackageProgram? Given(string variable, string name) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? new PackageProgram(name, [Path.GetFullPath(path, TestProject.RepositoryFolder)]) : null;
}
