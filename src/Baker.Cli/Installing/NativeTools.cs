using Baker.Cloud.Host;

namespace Baker.Cli.Installing;

/// <summary>What the native compiler needs of the machine: a C compiler, which links.</summary>
internal static class NativeTools
{
    /// <summary>Why no native program can be built here; null where one can.</summary>
    public static string? Missing(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            var installer = Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86),
                "Microsoft Visual Studio",
                "Installer",
                "vswhere.exe");
            return File.Exists(installer) ? null : "Visual Studio's build tools for C++ are not installed";
        }

        if (OperatingSystem.IsMacOS())
        {
            return ProgramPath.Find(path, "clang") is null ? "no C linker is at hand (Xcode's command line tools have clang)" : null;
        }

        return ProgramPath.Find(path, "clang") is null && ProgramPath.Find(path, "gcc") is null
            ? "no C linker is at hand (clang or gcc)"
            : null;
    }
}
