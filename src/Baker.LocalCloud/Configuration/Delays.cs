using System.Globalization;

namespace Baker.LocalCloud.Configuration;

/// <summary>How long states take. Real time is the value times <see cref="Scale"/>.</summary>
public sealed record Delays
{
    /// <summary>Names in a text such as <c>running=12,stopped=25,available=120,terminated=25,agent=5</c> (seconds).</summary>
    private static readonly Dictionary<string, Func<Delays, TimeSpan, Delays>> s_names = new(StringComparer.Ordinal)
    {
        ["running"] = (d, t) => d with { Running = t },
        ["stopped"] = (d, t) => d with { Stopped = t },
        ["available"] = (d, t) => d with { Available = t },
        ["terminated"] = (d, t) => d with { Terminated = t },
        ["agent"] = (d, t) => d with { Agent = t },
        ["command"] = (d, t) => d with { Command = t },
    };

    /// <summary>From pending to running, after a launch or a start.</summary>
    public TimeSpan Running { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Stopped { get; init; } = TimeSpan.FromSeconds(0.6);

    /// <summary>Until an image and its snapshots are available.</summary>
    public TimeSpan Available { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Terminated { get; init; } = TimeSpan.FromSeconds(0.6);

    /// <summary>From running until the SSM agent registers.</summary>
    public TimeSpan Agent { get; init; } = TimeSpan.FromSeconds(0.4);

    /// <summary>What a command takes where instances do not execute.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromSeconds(0.2);

    public double Scale { get; init; } = 1;

    public TimeSpan Scaled(TimeSpan delay) => delay * Scale;

    /// <exception cref="FormatException">A name or a number that is not one; the message says which.</exception>
    public Delays With(string text)
    {
        var delays = this;
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n, v) : (part, "");
            if (!s_names.TryGetValue(name, out var set))
            {
                throw new FormatException($"'{name}' is not a state that takes time; known: {string.Join(", ", s_names.Keys)}");
            }

            if (!double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0 or > 86400)
            {
                throw new FormatException($"'{part}' should be {name}=SECONDS");
            }

            delays = set(delays, TimeSpan.FromSeconds(seconds));
        }

        return delays;
    }
}
