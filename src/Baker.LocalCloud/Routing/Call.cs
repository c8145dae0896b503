namespace Baker.LocalCloud.Routing;

/// <summary>One call as its handler sees it.</summary>
/// <param name="Service">The name in the credential scope: <c>ec2</c>, <c>ssm</c>, <c>autoscaling</c>, …</param>
/// <param name="Now">When the call arrived; one call sees one time.</param>
public sealed record Call(
    string Service,
    string Action,
    string Region,
    string AccountId,
    string AccessKeyId,
    string RequestId,
    DateTimeOffset Now)
{
    /// <summary>The role that was taken on and the session's name with a slash between; empty for the account's user.</summary>
    public string Role { get; init; } = "";

    public string CallerArn => Role.Length > 0 ? $"arn:aws:sts::{AccountId}:assumed-role/{Role}" : $"arn:aws:iam::{AccountId}:user/local";
}
