using System.Globalization;
using System.Text;

namespace Baker.Cli.Baking;

/// <summary>The log file of one group's bake. A disk that cannot take it costs the log, not the bake.</summary>
internal sealed class BakeLog : IDisposable
{
    private readonly Lock _gate = new(); // a script's output and what recovery says come from different threads
    private StreamWriter? _file;

    private BakeLog(StreamWriter? file, string? problem) => (_file, Problem) = (file, problem);

    /// <summary>Why there is no (whole) log, where there is none.</summary>
    public string? Problem { get; private set; }

    public static BakeLog Open(string folder, string group)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new(new StreamWriter(Path.Combine(folder, $"{group}.log"), append: false, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true }, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(null, error.Message);
        }
    }

    public void Step(DateTimeOffset now, string text) => Write($"\n# {now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z {text}\n");

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
