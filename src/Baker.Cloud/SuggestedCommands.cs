namespace Baker.Cloud;

/// <summary>
/// Commands that messages suggest, so that they can be pasted: they lead to the manifest and the cloud that this run works
/// on.
/// </summary>
public sealed record SuggestedCommands
{
    /// <summary>
    /// The options that this run was given and another command needs too, each with a space before it: <c> --cloud
    /// local</c>.
    /// </summary>
    public string PackageOptions { get; init; } = "";

    /// <summary>Variables that the AWS CLI needs to reach the cloud, where it does not find them by itself.</summary>
    public string AwsEnvironment { get; init; } = "";

    /// <summary>Where the AWS CLI reaches the cloud, where that is not AWS.</summary>
    public Uri? AwsEndpoint { get; init; }

    /// <summary>What has to be so for the AWS CLI to reach it: a comment at the end of the line.</summary>
    public string? AwsCondition { get; init; }

    /// <param name="words">A command and its arguments: <c>instance:terminate i-1</c>.</param>
    public string Package(string words) => $"package {words}{PackageOptions}";

    /// <param name="words">A service, an operation and its arguments: <c>ec2 terminate-instances --instance-ids i-1</c>.</param>
    public string Aws(string region, string words) => string.Concat(
        AwsEnvironment.Length > 0 ? AwsEnvironment + " " : "",
        $"aws {words} --region {region}",
        AwsEndpoint is { } url ? $" --endpoint-url {url.ToString().TrimEnd('/')}" : "",
        AwsCondition is { } condition ? $"   # {condition}" : "");
}
