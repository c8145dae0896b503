using System.Globalization;

namespace Baker.LocalCloud.Faults;

/// <summary>Reads a fault plan from the text form.</summary>
internal static class FaultText
{
    public static FaultPlan Parse(string text)
    {
        var plan = new FaultPlan();
        foreach (var part in text.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n, v) : (part, "");
            plan = name switch
            {
                "throttle" => plan with { ThrottleFor = Seconds(part, value) },
                "rate" => Rate(plan, part, value),
                "eventual" => plan with { EventualFor = Seconds(part, value) },
                "lose-reply" => plan with { LoseReplies = plan.LoseReplies.Add(value) },
                "refuse" => plan with
                {
                    Refusals = plan.Refusals.Add(value.Split(':', 2) is [var action, var code] ? (action, code) : (value, "InternalError")),
                },
                "capacity" => plan with { NoCapacity = plan.NoCapacity.Add(value) },
                "image-fails" => plan with { ImagesFail = Count(part, value) },
                "instance-dies" => plan with { InstanceDiesAfter = Seconds(part, value) },
                "agent-never" => plan with { AgentsNeverCome = Count(part, value) },
                "parameter-quotas" => plan with { ParameterQuotas = true },
                _ => throw new FormatException(
                    $"'{part}' is not a fault (throttle, rate, eventual, lose-reply, refuse, capacity, image-fails, "
                        + "instance-dies, agent-never, parameter-quotas)"),
            };
        }

        return plan;
    }

    private static FaultPlan Rate(FaultPlan plan, string part, string value) =>
        value.Split('/') is [var rate, var burst]
            ? plan with { RatePerSecond = Number(part, rate), RateBurst = Count(part, burst) }
            : plan with { RatePerSecond = Number(part, value) };

    private static TimeSpan Seconds(string part, string value) => TimeSpan.FromSeconds(Number(part, value));

    private static int Count(string part, string value) => value.Length == 0 ? 1 : (int)Number(part, value);

    private static double Number(string part, string value) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1_000_000
            ? number
            : throw new FormatException($"'{part}' needs a number");
}
