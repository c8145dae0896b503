using System.Text.Json;

namespace Baker.LocalCloud.Storage;

/// <summary>Keeps a second process off a state folder. The system releases it when its holder dies, however it dies.</summary>
public sealed class StateLock : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private StateLock(FileStream file) => _file = file;

    /// <exception cref="StateBusyException">Another process holds the folder and did not let go within the wait.</exception>
    public static async Task<StateLock> TakeAsync(string folder, string holder, TimeSpan wait, TimeProvider time, CancellationToken stop)
    {
        PrivateFiles.MakeFolder(folder);
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                var file = PrivateFiles.Open(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                var held = new StateLock(file);
                LockHolder.Write(folder, new LockHolder(Environment.ProcessId, holder, time.GetUtcNow()));
                return held;
            }
            catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (time.GetElapsedTime(started) >= wait)
                {
                    throw new StateBusyException(folder, LockHolder.Read(folder), error);
                }
            }

            await Task.Delay(s_retry, time, stop).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Who holds a state folder, as they said when they took it.</summary>
public sealed record LockHolder(int ProcessId, string Command, DateTimeOffset Since)
{
    internal static void Write(string folder, LockHolder holder) =>
        PrivateFiles.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(holder, StorageJson.Default.LockHolder));

    internal static LockHolder? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathIn(folder)), StorageJson.Default.LockHolder);
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string PathIn(string folder) => Path.Combine(folder, "holder.json");
}
