namespace Baker.Core.Manifest;

/// <summary>The ARNs that CloudWatch takes as an alarm's actions (PutMetricAlarm in its API reference).</summary>
internal static class AlarmActions
{
    private const string Ec2Action = "action/actions/AWS_EC2.InstanceId.";

    /// <summary>How an action of each service is written.</summary>
    private static readonly (string Service, string Form)[] s_forms =
    [
        ("sns", "arn:aws:sns:REGION:ACCOUNT:TOPIC"),
        ("autoscaling", "arn:aws:autoscaling:REGION:ACCOUNT:scalingPolicy:ID:autoScalingGroupName/GROUP:policyName/POLICY"),
        ("automate", "arn:aws:automate:REGION:ec2:ACTION, with stop, terminate, reboot or recover"),
        ("swf", "arn:aws:swf:REGION:ACCOUNT:action/actions/AWS_EC2.InstanceId.Stop/1.0"),
        ("lambda", "arn:aws:lambda:REGION:ACCOUNT:function:NAME"),
        ("ssm", "arn:aws:ssm:REGION:ACCOUNT:opsitem:SEVERITY"),
        ("ssm-incidents", "arn:aws:ssm-incidents::ACCOUNT:response-plan/NAME"),
        ("aiops", "arn:aws:aiops:REGION:ACCOUNT:investigation-group:ID"),
    ];

    /// <summary>Tells an ARN that is of none of the services, or is written as none of that service's.</summary>
    public static void Check(CheckContext context, string path, ManifestValue action)
    {
        if (!Shapes.IsArn(action.Text) || action.Text.Split(':') is not [_, _, var service, var region, var account, .. var rest])
        {
            return; // a name, or told as what it is not
        }

        if (Array.Find(s_forms, each => each.Service == service) is not (not null, { } form))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                action,
                $"{path} names {Quoting.Quote(action.Text)}, and no alarm can call {service}.",
                $"CloudWatch calls {string.Join(", ", s_forms.Select(each => each.Service))}; an SNS topic reaches the others.");
        }
        else if (!(service == "ssm-incidents" ? region.Length == 0 : Shapes.IsRegion(region)) || !IsAction(service, account, rest))
        {
            context.Diagnostics.Error(
                DiagnosticCode.BadValue,
                action,
                $"{path} names {Quoting.Quote(action.Text)}, which is no action of {service}.",
                $"Write it as {form}.");
        }
    }

    private static bool IsAction(string service, string account, string[] rest) => service switch
    {
        "automate" => account == "ec2" && rest is ["stop" or "terminate" or "reboot" or "recover"],
        _ when !Shapes.IsAccount(account) => false,
        "sns" => rest is [var topic] && Shapes.IsOnly(topic, "-_."),
        "autoscaling" => rest is ["scalingPolicy", _, ..],
        "swf" => rest is [var one] && one.StartsWith(Ec2Action, StringComparison.Ordinal),
        "lambda" => rest is ["function", { Length: > 0 }, ..],
        "ssm" => rest is ["opsitem", { Length: > 0 }, ..],
        "ssm-incidents" => rest is [var plan] && plan.Contains('/'),
        _ => rest is ["investigation-group", { Length: > 0 }],
    };
}
