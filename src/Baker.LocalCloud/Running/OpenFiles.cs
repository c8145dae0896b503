using System.Globalization;

namespace Baker.LocalCloud.Running;

/// <summary>How many files this process may have open at once: without any left the runtime itself ends it.</summary>
public static class OpenFiles
{
    private static readonly Lazy<int> s_most = new(Read);

    /// <summary>The limit that holds; the largest number where there is none, or none that is known.</summary>
    public static int Most => s_most.Value;

    /// <summary>The limit of those that Linux writes, such as <c>Max open files  1024  4096  files</c>: the first holds.</summary>
    public static int MostOf(IEnumerable<string> limits)
    {
        const string name = "Max open files";
        foreach (var line in limits)
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                var words = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words.Length > 0 && int.TryParse(words[0], CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue;
            }
        }

        return int.MaxValue;
    }

    private static int Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? MostOf(File.ReadAllLines("/proc/self/limits")) : int.MaxValue;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }
}
