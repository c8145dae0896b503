using System.Globalization;

namespace Baker.Cli.Sessions;

/// <summary>How many files the process may have open. With too few the runtime ends in the midst of a change, and cannot say why.</summary>
internal static class Descriptors
{
    /// <summary>What a bake needs, a half more; the launcher knows it too.</summary>
    public const int Fewest = 256;

    private const string Limits = "/proc/self/limits";
    private const int CloudFailed = 3;

    public static bool AreTooFew()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return AreTooFew(File.ReadAllLines(Limits));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The same of the limits as Linux writes them: <c>Max open files  1024  4096  files</c>, the one that holds first.</summary>
    public static bool AreTooFew(IEnumerable<string> limits)
    {
        const string name = "Max open files";
        foreach (var line in limits)
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                var words = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words.Length > 0 && int.TryParse(words[0], CultureInfo.InvariantCulture, out var open) && open < Fewest;
            }
        }

        return false;
    }

    /// <returns>The exit code.</returns>
    public static int Refuse()
    {
        Terminal.OfProcess().Error.WriteLine(
            $"package: fewer than {Fewest} files may be open at once, which is too few.\n  Raise the limit (ulimit -n 1024), then run the "
                + "command again.");
        return CloudFailed;
    }
}
