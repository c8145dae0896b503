using Baker.LocalCloud.Running;
using Microsoft.Win32.SafeHandles;

namespace Baker.Cli.Sessions;

/// <summary>How many files the process may have open. With too few the runtime ends in the midst of a change, and cannot say why.</summary>
internal static class Descriptors
{
    /// <summary>What a bake needs, a half more; the launcher knows it too.</summary>
    public const int Fewest = 256;

    private const int LastOfThree = 2;

    private static readonly List<SafeFileHandle> s_filled = []; // for as long as the process lives

    public static bool AreTooFew() => OpenFiles.Most < Fewest;

    /// <summary>
    /// Opens those of the three first that are closed to nothing: else what is printed would go into the first files that are opened.
    /// </summary>
    public static void Fill()
    {
        const string device = "/dev/null";
        if (!File.Exists(device))
        {
            return;
        }

        SafeFileHandle nothing;
        do
        {
            nothing = File.OpenHandle(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            s_filled.Add(nothing);
        }
        while (nothing.DangerousGetHandle() <= LastOfThree);

        nothing.Dispose();
    }

    /// <returns>The exit code.</returns>
    public static int Refuse()
    {
        const int cloudFailed = 3;
        Terminal.OfProcess().Error.WriteLine(
            $"package: fewer than {Fewest} files may be open at once, which is too few.\n  Raise the limit (ulimit -n 1024), then run the "
                + "command again.");
        return cloudFailed;
    }
}
