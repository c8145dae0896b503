using System.Text;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Running;

/// <summary>
/// What went wrong inside the local cloud, with all that the exceptions say: <c>logs/local-cloud.log</c> in the state folder. The
/// caller hears a sentence only. A full log becomes <c>local-cloud.log.1</c>, in place of the one before.
/// </summary>
internal sealed class FailureLog(string stateFolder, TimeProvider time)
{
    /// <summary>Where it is, seen from the state folder.</summary>
    public const string Name = "logs/local-cloud.log";

    private const int LargestEntry = 16 * 1024;
    private const long LargestFile = 1024 * 1024;

    private readonly Lock _gate = new();

    /// <summary>Appends one failure. A log that cannot be written is no second failure.</summary>
    public void Add(string what, Exception failure)
    {
        var entry = FormattableString.Invariant($"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {what}: {failure}");
        var bytes = Encoding.UTF8.GetBytes(entry[..Math.Min(entry.Length, LargestEntry)] + "\n");
        var path = Path.Combine(stateFolder, Name);
        lock (_gate)
        {
            try
            {
                PrivateFiles.MakeFolder(Path.GetDirectoryName(path)!);
                if (new FileInfo(path) is { Exists: true, Length: > LargestFile })
                {
                    File.Move(path, path + ".1", overwrite: true);
                }

                using var file = PrivateFiles.Open(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
                file.Write(bytes);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
