namespace Baker.LocalCloud.Storage;

/// <summary>The folder beside a manifest that keeps what commands remember: secrets may be in its logs and in its cloud.</summary>
public static class StateFolder
{
    /// <summary>Makes it, or closes the one that is there, for its owner alone; and keeps it out of git.</summary>
    public static void Make(string folder)
    {
        PrivateFiles.MakeFolder(folder);
        var ignore = Path.Combine(folder, ".gitignore");
        if (!File.Exists(ignore))
        {
            PrivateFiles.Write(ignore, "*\n"u8);
        }
    }

    /// <summary>The same for who can do without it.</summary>
    public static void TryMake(string folder)
    {
        try
        {
            Make(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A project that is only read: logs and timings say so themselves, or are done without.
        }
    }
}
