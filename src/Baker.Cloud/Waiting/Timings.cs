using System.Collections.Concurrent;
using Newtonsoft.Json;

namespace Baker.Cloud.Waiting;

/// <summary>How long each kind of wait took before, in seconds, so that a poll falls just after the thing is ready.</summary>
public sealed class Timings
{
    private readonly ConcurrentDictionary<string, double> _seconds;
    private readonly string? _path;

    private Timings(string? path, IEnumerable<KeyValuePair<string, double>> seconds)
    {
        _path = path;
        _seconds = new(seconds, StringComparer.Ordinal);
    }

    public static Timings None() => new(null, []);

    /// <summary>Reads what earlier runs learnt; a missing or damaged file is as good as none.</summary>
    public static Timings Load(string path)
    {
        try
        {
            var read = JsonConvert.DeserializeObject<Dictionary<string, double>>(File.ReadAllText(path)) ?? [];
            return new(path, read.Where(pair => double.IsFinite(pair.Value) && pair.Value > 0));
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return new(path, []);
        }
    }

    public TimeSpan? Expected(string key) => _seconds.TryGetValue(key, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Learns from a wait that was seen unfinished at <paramref name="notYet"/> and finished at <paramref name="done"/>.</summary>
    public void Learn(string key, TimeSpan notYet, TimeSpan done)
    {
        // Seen finished at the first look it may have been so for a while: look a little earlier next time.
        var estimate = notYet == TimeSpan.Zero ? done * 0.97 : done - notYet < done * 0.03 ? done : (notYet + done) / 2;
        if (estimate > TimeSpan.Zero)
        {
            _seconds.AddOrUpdate(key, estimate.TotalSeconds, (_, before) => (before + estimate.TotalSeconds) / 2);
        }
    }

    /// <summary>Keeps what was learnt; that it cannot be kept costs the next run some polls and is no error.</summary>
    public void Save()
    {
        if (_path is null || _seconds.IsEmpty)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var temporary = _path + $".{Environment.ProcessId}";
            var sorted = new SortedDictionary<string, double>(_seconds.ToDictionary(pair => pair.Key, pair => Math.Round(pair.Value, 3)), StringComparer.Ordinal);
            File.WriteAllText(temporary, JsonConvert.SerializeObject(sorted, Formatting.Indented) + "\n");
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next run polls a little more often; nothing else depends on it.
        }
    }
}
