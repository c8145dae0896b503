using System.Collections.Concurrent;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Serving;

/// <summary>The logs of bakes and changes that lie in a folder, for as long as others write them.</summary>
/// <param name="bakes">The names of those that are bakes'.</param>
internal sealed class ConsoleLogs(string folder, IReadOnlySet<string> bakes, TimeProvider time)
{
    /// <summary>How much of the end of a log is looked through for its last step.</summary>
    private const int EndOfLog = 8 * 1024;
    private const string Ending = ".log";
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (DateTime Written, long Size, string? Step)> _steps = new(StringComparer.Ordinal);

    /// <summary>All of them, those that were written last first, as JSON on one line.</summary>
    public string List()
    {
        try
        {
            var files = new DirectoryInfo(folder).EnumerateFiles("*" + Ending)
                .Where(file => file.LinkTarget is null)
                .OrderByDescending(file => file.LastWriteTimeUtc)
                .ThenBy(file => file.Name, StringComparer.Ordinal);
            return new JArray(files.Select(Described)).ToString(Formatting.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "[]"; // nothing was carried out yet
        }
    }

    /// <summary>What follows one log; null where there is none of that name.</summary>
    public ConsoleTail? Follow(string name)
    {
        try
        {
            // The name comes from outside: only one that the folder itself tells leads to a file.
            return new DirectoryInfo(folder).EnumerateFiles("*" + Ending)
                .Where(file => file.LinkTarget is null && NameOf(file) == name)
                .Select(file => new ConsoleTail(file.FullName))
                .FirstOrDefault();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Waits until it is worth to look again.</summary>
    public Task PauseAsync(CancellationToken stop) => Task.Delay(s_pause, time, stop);

    private static string NameOf(FileInfo file) => file.Name[..^Ending.Length];

    private JObject Described(FileInfo file)
    {
        var name = NameOf(file);
        var known = _steps.GetValueOrDefault(name);
        if (known.Written != file.LastWriteTimeUtc || known.Size != file.Length)
        {
            _steps[name] = known = (file.LastWriteTimeUtc, file.Length, LastStep(file.FullName));
        }

        return new JObject
        {
            ["name"] = name,
            ["is_bake"] = bakes.Contains(name),
            ["at"] = new DateTimeOffset(known.Written).ToUnixTimeMilliseconds(),
            ["bytes"] = known.Size,
            ["step"] = known.Step,
        };
    }

    /// <summary>The last line that tells of a step, without its time.</summary>
    private static string? LastStep(string path)
    {
        using var file = ConsoleTail.Open(path);
        if (file is null)
        {
            return null;
        }

        file.Position = Math.Max(0, file.Length - EndOfLog);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var line = reader.ReadToEnd().Split('\n').LastOrDefault(each => each.StartsWith("# ", StringComparison.Ordinal));
        return line?.Split(' ', 4) is [_, _, _, var step] ? step : null;
    }
}
