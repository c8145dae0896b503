namespace Baker.Core.Planning;

/// <summary>How many instances an Auto Scaling group may have and should have.</summary>
public sealed record Capacity(int Min, int Max, int Desired)
{
    /// <summary>This one with what is given of it changed; the desired number goes into new bounds as Auto Scaling moves it.</summary>
    /// <param name="name">The Auto Scaling group, for people.</param>
    /// <exception cref="BakerException">The numbers contradict each other.</exception>
    public Capacity With(int? min, int? max, int? desired, string name)
    {
        var (low, high) = (min ?? Min, max ?? Max);
        if (low > high)
        {
            throw new BakerException(
                ExitCode.BadInput,
                FormattableString.Invariant($"A minimum of {low} is above the maximum of {high}."),
                "Give both --min and --max.");
        }

        return desired is not { } wanted || (low <= wanted && wanted <= high)
            ? new Capacity(low, high, desired ?? Math.Clamp(Desired, low, high))
            : throw new BakerException(
                ExitCode.BadInput,
                FormattableString.Invariant($"{wanted} is not between the minimum {low} and the maximum {high} of {name}."),
                "Move them too, with --min and --max.");
    }

    /// <summary>As it stands in tags: minimum, maximum, desired.</summary>
    public string ToText() => FormattableString.Invariant($"{Min}/{Max}/{Desired}");

    /// <summary>Null where the text is none.</summary>
    public static Capacity? TryParse(string? text) => text?.Split('/') is [var min, var max, var desired]
        && Number(min) is { } low && Number(max) is { } high && Number(desired) is { } wanted
            ? new(low, high, wanted)
            : null;

    public override string ToString() => $"{Desired} (minimum {Min}, maximum {Max})";

    private static int? Number(string text) => int.TryParse(
        text,
        System.Globalization.NumberStyles.None,
        System.Globalization.CultureInfo.InvariantCulture,
        out var number) ? number : null;
}
