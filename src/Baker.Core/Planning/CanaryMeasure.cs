namespace Baker.Core.Planning;

/// <summary>What a canary's check measures.</summary>
public enum CanaryMeasure
{
    /// <summary>Answers of 500 and more, in percent of the requests.</summary>
    Errors,

    /// <summary>A percentile of the time until a target answers, in milliseconds.</summary>
    Latency,

    /// <summary>How many instances are healthy.</summary>
    Hosts,

    /// <summary>Any metric of CloudWatch.</summary>
    Other,

    /// <summary>Whether an address answers as it should.</summary>
    Probe,

    /// <summary>What a script of the project says by its exit code.</summary>
    Script,
}
