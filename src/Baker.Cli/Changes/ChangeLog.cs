using System.Globalization;
using System.Text;

namespace Baker.Cli.Changes;

/// <summary>The log file of one change. A disk that cannot take it costs the log, not the change.</summary>
internal sealed class ChangeLog : IDisposable
{
    private readonly Lock _gate = new(); // a script's output and what recovery says come from different threads
    private StreamWriter? _file;

    private ChangeLog(StreamWriter? file, string? problem) => (_file, Problem) = (file, problem);

    /// <summary>Why there is no (whole) log, where there is none.</summary>
    public string? Problem { get; private set; }

    public static ChangeLog Open(string folder, string name)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new(new StreamWriter(
                Path.Combine(folder, $"{name}.log"),
                append: false,
                new UTF8Encoding(false))
            { NewLine = "\n", AutoFlush = true }, null);
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
                _file?.Write(text);
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
            try
            {
                _file?.Dispose();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Problem ??= error.Message;
            }

            _file = null;
        }
    }
}
