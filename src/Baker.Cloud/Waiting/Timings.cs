using System.Collections.Concurrent;
using Baker.Core.Planning;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Waiting;

/// <summary>How long each kind of wait took before, so that a poll falls just after the thing is ready. The file has seconds.</summary>
public sealed class Timings
{
    // No wait is as long; what says so was not written here.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<string, LearnedTime> _times;
    private readonly string? _path;

    private Timings(string? path, IEnumerable<KeyValuePair<string, LearnedTime>> times)
    {
        _path = path;
        _times = new(times, StringComparer.Ordinal);
    }

    public static Timings None() => new(null, []);

    /// <summary>Reads what earlier runs learned; a missing or damaged file is as good as none.</summary>
    public static Timings Load(string path)
    {
        try
        {
            var read = RecordJson.Parse(File.ReadAllText(path));
            return new(path, read.Properties()
                .Select(pair => (pair.Name, Time: Seconds(pair.Value)))
                .Where(pair => pair.Time is [var notYet, var ready] && ready < s_longest.TotalSeconds && notYet >= 0 && notYet < ready)
                .Select(pair => KeyValuePair.Create(
                    pair.Name,
                    new LearnedTime(TimeSpan.FromSeconds(pair.Time[0]), TimeSpan.FromSeconds(pair.Time[1])))));
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return new(path, []);
        }
    }

    public LearnedTime? Expected(string key) => _times.GetValueOrDefault(key);

    /// <summary>Learns from a wait that was seen unfinished at <paramref name="notYet"/> and finished at <paramref name="done"/>.</summary>
    public void Learn(string key, TimeSpan notYet, TimeSpan done)
    {
        if (key.Length > 0 && done > TimeSpan.Zero)
        {
            _times.AddOrUpdate(key, _ => LearnedTime.Of(notYet, done), (_, before) => before.With(notYet, done));
        }
    }

    /// <summary>Keeps what was learned; that it cannot be kept costs the next run some polls and is no error.</summary>
    public void Save()
    {
        if (_path is null || _times.IsEmpty)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var temporary = _path + $".{Environment.ProcessId}";
            var sorted = new JObject();
            foreach (var (key, time) in _times.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                sorted[key] = new JArray(Seconds(time.NotYet), Seconds(time.Ready));
            }

            File.WriteAllText(temporary, sorted.ToString(Formatting.Indented) + "\n");
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next run polls a little more often; nothing else depends on it.
        }
    }

    private static double[] Seconds(JToken value) =>
        value is JArray list && list.All(item => item.Type is JTokenType.Integer or JTokenType.Float)
            ? [.. list.Select(item => (double)item)]
            : [];

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}
