using System.Text.Json;

namespace Baker.LocalCloud.Storage;

/// <summary>Keeps a second process off a state folder. The system releases it when its holder dies, however it dies.</summary>
public sealed class StateLock : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;
    private readonly string _folder;

    private StateLock(FileStream file, string folder, LockHolder? unclean) => (_file, _folder, Unclean) = (file, folder, unclean);

    /// <summary>Who had the folder before, and ended without letting go; null where nobody did.</summary>
    public LockHolder? Unclean { get; }

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
                var before = LockHolder.Read(folder);
                LockHolder.TryWrite(folder, new LockHolder(Environment.ProcessId, holder, time.GetUtcNow(), LockHolder.ThisBoot));
                return new StateLock(file, folder, before?.Boot is null ? null : before);
            }
            catch (IOException error) when (IsHeld(error))
            {
                if (time.GetElapsedTime(started) >= wait)
                {
                    throw new StateBusyException(folder, LockHolder.Read(folder), error);
                }
            }

            await Task.Delay(s_retry, time, stop).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        LockHolder.TryRemove(_folder);
        _file.Dispose();
    }

    /// <summary>The system says "resource temporarily unavailable" (EWOULDBLOCK) of a file that another process has locked.</summary>
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}

/// <summary>Who holds a state folder, as they said when they took it; they take it back when they let go.</summary>
/// <param name="Boot">Which start of the machine it was; empty where the system does not number them.</param>
public sealed record LockHolder(int ProcessId, string Command, DateTimeOffset Since, string? Boot = null)
{
    private static readonly Lazy<string> s_boot = new(() =>
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    });

    internal static string ThisBoot => s_boot.Value;

    public bool IsOfThisBoot => Boot == ThisBoot;

    /// <summary>For those who wait; the lock holds without it, on a full disk.</summary>
    internal static void TryWrite(string folder, LockHolder holder)
    {
        try
        {
            PrivateFiles.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(holder, StorageJson.Default.LockHolder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    internal static void TryRemove(string folder)
    {
        try
        {
            File.Delete(PathIn(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Null where nobody says so.</summary>
    public static LockHolder? Read(string folder)
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
