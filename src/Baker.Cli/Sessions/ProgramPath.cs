namespace Baker.Cli.Sessions;

/// <summary>Looks programs up as a shell does.</summary>
internal static class ProgramPath
{
    /// <param name="path">The folders, as <c>PATH</c> names them.</param>
    public static string? Find(string path, string program)
    {
        var name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return path
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }
}
