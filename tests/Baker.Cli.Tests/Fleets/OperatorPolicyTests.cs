using System.Diagnostics;
using Baker.Testing;

namespace Baker.Cli.Tests.Fleets;

/// <summary>The example of an operator's policy, judged by moto: what it lets through, and what it does not.</summary>
public sealed class OperatorPolicyTests
{
    private const string Parameters = "arn:aws:ssm:eu-west-1:123456789012:parameter/baker/";

    [TestCase("ssm:PutParameter", Parameters + "www/journal", "PERMITTED")]
    [TestCase("ssm:PutParameter", Parameters + "www/lock", "PERMITTED")]
    [TestCase("ssm:PutParameter", Parameters + "env/production/www/notice", "PERMITTED")]
    [TestCase("ssm:PutParameter", Parameters + "freeze", "PERMITTED")]
    [TestCase("ssm:PutParameter", Parameters + "_changes/production", "PERMITTED")]
    [TestCase("ssm:GetParameterHistory", Parameters + "_changes", "PERMITTED")]
    [TestCase("elasticloadbalancing:ModifyRule", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/www/1/2/3", "PERMITTED")]
    [TestCase("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:deploys", "PERMITTED")]
    [TestCase("s3:PutObject", "arn:aws:s3:::my-bake-bucket/baker/changes/20261127-091500-1a2b3c.json", "PERMITTED")]
    [TestCase("cloudwatch:DescribeAlarmHistory", "*", "PERMITTED")]
    [TestCase("ssm:PutParameter", Parameters + "www/config/SECRET", "DENIED")]
    [TestCase("ssm:PutParameter", Parameters + "images/www/production", "DENIED")]
    [TestCase("ssm:PutParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/other", "NEUTRAL")]
    [TestCase("ec2:CreateImage", "*", "NEUTRAL")]
    [TestCase("ec2:DeregisterImage", "*", "NEUTRAL")]
    [TestCase("elasticloadbalancing:DeleteLoadBalancer", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/www/1", "NEUTRAL")]
    [TestCase("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:others", "NEUTRAL")]
    public async Task Policy_OfAnOperator_LetsThroughWhatReleasesNeed(string action, string resource, string expected)
    {
        const string Script = """
            import sys
            try:
                from moto.iam.access_control import IAMPolicy
            except ImportError:
                sys.exit(9)
            print(IAMPolicy(open(sys.argv[1]).read()).is_action_permitted(sys.argv[2], sys.argv[3]))
            """;
        var policy = Path.Combine(TestProject.RepositoryFolder, "examples", "operator-permissions", "policy.json");
        var run = await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-c", Script, policy, action, resource]));
        if (run.Code == 9)
        {
            Peers.Missing("moto is not installed");
        }

        Assert.That(run.Out.Trim(), Is.EqualTo($"PermissionResult.{expected}"), run.Error);
    }
}
