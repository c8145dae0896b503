namespace Baker.LocalCloud.Routing;

/// <summary>An error as AWS answers it: code, message and HTTP status.</summary>
public sealed class CloudException(string code, string message, int status = 400) : Exception(message)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    public static CloudException Throttled(string service) => service switch
    {
        "ec2" => new CloudException("RequestLimitExceeded", "Request limit exceeded.", 503),
        "s3" => new CloudException("SlowDown", "Please reduce your request rate.", 503),
        "ssm" => new CloudException("ThrottlingException", "Rate exceeded"),
        _ => new CloudException("Throttling", "Rate exceeded"),
    };

    public static CloudException Missing(string parameter) =>
        new("MissingParameter", $"The request must contain the parameter {parameter}");

    /// <summary>Ends a call here that is only to be checked.</summary>
    public static void StopDryRun(bool? dryRun)
    {
        if (dryRun == true)
        {
            throw DryRun();
        }
    }

    public static CloudException DryRun() =>
        new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}
