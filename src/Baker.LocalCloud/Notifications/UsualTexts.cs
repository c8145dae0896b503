namespace Baker.LocalCloud.Notifications;

/// <summary>What a topic's attributes say where nothing was set.</summary>
internal static class UsualTexts
{
    public const string Delivery = """{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3"""
        + ""","numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"}"""
        + ""","disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}""";

    private const string Policy = """{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","""
        + """ "Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","""
        + """ "SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"""
        + """ "Resource":"TOPIC","Condition":{"StringEquals":{"AWS:SourceOwner":"OWNER"}}}]}""";

    public static string PolicyOf(string topicArn, string owner) => Policy
        .Replace("TOPIC", topicArn, StringComparison.Ordinal)
        .Replace("OWNER", owner, StringComparison.Ordinal);
}
