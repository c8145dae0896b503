using Baker.Core;

namespace Baker.Cli.Installing;

/// <summary>The clone that a running program was built in: where its sources are.</summary>
internal static class Clone
{
    public static string ProjectFile(string clone) => Path.Combine(clone, "src", "Baker.Cli", "Baker.Cli.csproj");

    /// <exception cref="BakerException">The program does not lie in a clone.</exception>
    public static string Around(string folder)
    {
        for (var above = new DirectoryInfo(folder); above is not null; above = above.Parent)
        {
            if (File.Exists(ProjectFile(above.FullName)))
            {
                return above.FullName;
            }
        }

        throw new BakerException(
            ExitCode.BadInput,
            "self:install builds the program from its sources, and this one does not lie beside them.",
            "Run ./package self:install in a clone of Baker.");
    }
}
