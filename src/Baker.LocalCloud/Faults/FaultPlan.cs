using System.Collections.Immutable;

namespace Baker.LocalCloud.Faults;

/// <summary>
/// What goes wrong, on purpose. A count says how often; what is not named does not happen. As text, parts separated by
/// commas: <c>throttle=60,rate=2/10,eventual=3,lose-reply=RunInstances,refuse=CreateImage:InternalError</c> and
/// <c>capacity=us-east-1a/m1.large,image-fails=1,instance-dies=5,agent-never=1,parameter-quotas</c>.
/// </summary>
public sealed record FaultPlan
{
    /// <summary>Every call is refused for so long, counted from the first one.</summary>
    public TimeSpan ThrottleFor { get; init; }

    /// <summary>Calls a second that an account's region accepts; null is any number.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>How many calls beyond the rate the bucket holds.</summary>
    public int RateBurst { get; init; } = 10;

    /// <summary>
    /// Whether an account's quotas of Parameter Store are kept in each region, those of its default throughput: 40 a second of
    /// <c>GetParameter</c>, <c>GetParameters</c> and <c>GetParametersByPath</c> together, 3 of <c>PutParameter</c> (Systems Manager's
    /// endpoints and quotas).
    /// </summary>
    public bool ParameterQuotas { get; init; }

    /// <summary>How long after its creation a resource is not yet found by reads.</summary>
    public TimeSpan EventualFor { get; init; }

    /// <summary>Actions that succeed but whose reply is lost, each as often as it is listed.</summary>
    public ImmutableArray<string> LoseReplies { get; init; } = [];

    /// <summary>Actions refused with an error code, each as often as it is listed.</summary>
    public ImmutableArray<(string Action, string Code)> Refusals { get; init; } = [];

    /// <summary><c>zone</c>, <c>type</c> or <c>zone/type</c> with no capacity; <c>*</c> is any.</summary>
    public ImmutableArray<string> NoCapacity { get; init; } = [];

    /// <summary>How many of the next images fail.</summary>
    public int ImagesFail { get; init; }

    /// <summary>The next instance dies so long after it is running.</summary>
    public TimeSpan? InstanceDiesAfter { get; init; }

    /// <summary>On how many of the next instances the SSM agent never registers.</summary>
    public int AgentsNeverCome { get; init; }

    /// <exception cref="FormatException">A part that is not a fault; the message says which.</exception>
    public static FaultPlan Parse(string text) => FaultText.Parse(text);
}
