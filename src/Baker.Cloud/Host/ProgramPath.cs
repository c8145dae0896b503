using System.ComponentModel;

namespace Baker.Cloud.Host;

/// <summary>Looks programs up as a shell does.</summary>
public static class ProgramPath
{
    private const int NotFound = 2;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="path">The folders, as <c>PATH</c> names them.</param>
    public static string? Find(string path, string program)
    {
        var name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return path
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(IsProgram);
    }

    /// <summary>
    /// What a process is to be started with. By a name alone .NET would start a file of the current folder before it looks at the
    /// <c>PATH</c>, and that file may be anybody's.
    /// </summary>
    /// <exception cref="Win32Exception">No folder of the PATH has it.</exception>
    public static string Need(string program) => Path.GetFileName(program) != program
        ? program
        : Find(Environment.GetEnvironmentVariable("PATH") ?? "", program)
            ?? throw new Win32Exception(NotFound, $"no folder of the PATH has {program}");

    private static bool IsProgram(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0);
}
