using System.Globalization;
using System.Text;

namespace Baker.Cli.Changes;

/// <summary>
/// The log file of one change. A disk that cannot take it costs the log, not the change; and a script that says too much costs the
/// middle of what it says.
/// </summary>
internal sealed class ChangeLog : IDisposable
{
    private const int Head = 8 * 1024 * 1024;
    private const int Tail = 4 * 1024 * 1024;
    private const int Largest = 16 * 1024 * 1024;

    private readonly Lock _gate = new(); // a script's output and what recovery says come from different threads
    private FileStream? _file;
    private long _dropped;
    private int _marker;

    private ChangeLog(FileStream? file, string? problem) => (_file, Problem) = (file, problem);

    /// <summary>Why there is no (whole) log, where there is none.</summary>
    public string? Problem { get; private set; }

    public static ChangeLog Open(string folder, string name)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"{name}.log");
            return new(new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(null, error.Message);
        }
    }

    public void Step(DateTimeOffset now, string text) =>
        Write($"\n# {now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z {text}\n");

    public void Write(string text)
    {
        lock (_gate)
        {
            try
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                for (var at = 0; at < bytes.Length; at += Tail)
                {
                    Append(bytes.AsSpan(at, Math.Min(Tail, bytes.Length - at)));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Problem = error.Message;
                Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_file is null)
        {
            return;
        }

        if (_file.Position + bytes.Length > Largest)
        {
            LeaveOutTheMiddle(_file);
        }

        _file.Write(bytes);
    }

    private void LeaveOutTheMiddle(FileStream file)
    {
        var tail = new byte[Tail];
        var end = file.Position;
        file.Position = end - Tail;
        file.ReadExactly(tail);
        var last = tail.AsSpan(tail.AsSpan().IndexOf((byte)'\n') + 1);
        _dropped += end - Head - _marker - last.Length;
        var marker = Encoding.UTF8.GetBytes(FormattableString.Invariant($"\n# {_dropped} bytes are left out here\n"));
        _marker = marker.Length;
        file.SetLength(Head);
        file.Position = Head;
        file.Write(marker);
        file.Write(last);
    }
}
