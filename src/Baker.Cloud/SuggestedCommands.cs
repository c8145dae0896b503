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

    /// <summary>
    /// What a shell has to do before the AWS CLI reaches the cloud, where that does not find it by itself; the AWS CLI must not run where
    /// it fails.
    /// </summary>
    public string AwsSetup { get; init; } = "";

    /// <param name="words">A command and its arguments: <c>instance:terminate i-1</c>.</param>
    public string Package(string words) => $"package {words}{PackageOptions}";

    /// <param name="words">A service, an operation and its arguments: <c>ec2 terminate-instances --instance-ids i-1</c>.</param>
    public string Aws(string region, string words) =>
        AwsSetup.Length > 0 ? $"({AwsSetup} && aws {words} --region {region})" : $"aws {words} --region {region}";
}
