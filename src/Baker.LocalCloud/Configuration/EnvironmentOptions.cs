using System.Globalization;
using Baker.LocalCloud.Faults;

namespace Baker.LocalCloud.Configuration;

/// <summary>The environment variables by which tests and benches steer a local cloud that another program opens.</summary>
internal static class EnvironmentOptions
{
    public static LocalCloudOptions Apply(LocalCloudOptions options, IReadOnlyDictionary<string, string> environment)
    {
        if (Value("BAKER_LOCAL_DELAYS") is { } delays)
        {
            options = options with { Delays = Read("BAKER_LOCAL_DELAYS", delays, options.Delays.With) };
        }

        if (Value("BAKER_LOCAL_SCALE") is { } scale)
        {
            options = options with { Delays = options.Delays with { Scale = Read("BAKER_LOCAL_SCALE", scale, Number) } };
        }

        if (Value("BAKER_LOCAL_FAULTS") is { } faults)
        {
            options = options with { Faults = Read("BAKER_LOCAL_FAULTS", faults, FaultPlan.Parse) };
        }

        if (Value("BAKER_LOCAL_EXEC") is { } execute)
        {
            options = options with { Execute = execute is not ("0" or "false" or "no") };
        }

        return options;

        string? Value(string name) => environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
    }

    private static double Number(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1000
            ? number
            : throw new FormatException($"'{text}' should be a number from 0 to 1000");

    private static T Read<T>(string name, string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{name}: {error.Message}", error);
        }
    }
}
