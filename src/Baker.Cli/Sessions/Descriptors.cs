using Baker.LocalCloud.Running;

namespace Baker.Cli.Sessions;

/// <summary>How many files the process may have open. With too few the runtime ends in the midst of a change, and cannot say why.</summary>
internal static class Descriptors
{
    /// <summary>What a bake needs, a half more; the launcher knows it too.</summary>
    public const int Fewest = 256;

    public static bool AreTooFew() => OpenFiles.Most < Fewest;

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
