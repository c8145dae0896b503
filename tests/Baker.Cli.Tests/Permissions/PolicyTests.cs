using System.Diagnostics;
using Baker.Cli.Permissions;
using Baker.Cli.Tests.Programs;
using Baker.Core;
using Baker.Testing;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Permissions;

/// <summary><c>iam:policy</c>: what it lets through of each command, and how narrow.</summary>
public sealed class PolicyTests
{
    private const string Manifest = """
        {
          "__settings__": {"bucket": "bakes", "accounts": {"prod": {"id": "210987654321", "role_arn": "arn:aws:iam::210987654321:role/images"}}},
          "__base__": {"region": "eu-west-1", "instance_type": "m5.large", "source_ami_parameter": "/aws/service/ubuntu/ami",
            "iam_instance_profile": "nodes", "notifications": ["arn:aws:sns:eu-west-1:123456789012:deploys", "https://hooks.example.com/"]},
          "www": {"encrypt_boot": true, "kms_key_id": "alias/images", "autoscale": {"node_min": 1, "node_max": 4}},
          "__environments__": {"staging": {}, "prod": {}}
        }
        """;

    /// <summary>Commands that ask nothing of AWS.</summary>
    private static readonly string[] s_onFilesAlone =
    [
        "init", "role:create", "roles:create", "role:update", "roles:update", "node:list", "node:show", "environment:list", "environment:diff",
        "packer:create", "template:export", "local:status", "local:env", "local:serve", "local:reset", "local:image", "autoscale:create", "service:graph",
        "version", "iam:policy", "help", "completion", "complete", "self:install",
    ];

    [Test]
    public void Table_HasEveryCommandThatAsksForAnything()
    {
        var commands = ProgramComparisonTests.Commands();

        Assert.That(PermissionTable.Commands.Except(commands), Is.Empty);
        Assert.That(commands.Except(PermissionTable.Commands).Except(s_onFilesAlone), Is.Empty);
    }

    private static readonly (string Command, string Action, string Resource, string Expected)[] s_judged =
    [
        ("packer:run", "ec2:RunInstances", "*", "PERMITTED"),
        ("packer:run", "s3:PutObject", "arn:aws:s3:::bakes/baker/x", "PERMITTED"),
        ("packer:run", "s3:PutObject", "arn:aws:s3:::others/baker/x", "NEUTRAL"),
        ("packer:run", "ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/ubuntu/ami", "PERMITTED"),
        ("packer:run", "ssm:GetParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/other", "NEUTRAL"),
        ("packer:run", "autoscaling:DeleteAutoScalingGroup", "*", "NEUTRAL"),
        ("packer:run", "iam:PassRole", "arn:aws:iam::123456789012:role/nodes", "PERMITTED"),
        ("packer:run", "kms:CreateGrant", "arn:aws:kms:eu-west-1:123456789012:key/1", "PERMITTED"),
        ("autoscale:status", "autoscaling:DescribeAutoScalingGroups", "*", "PERMITTED"),
        ("autoscale:status", "ssm:PutParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/baker/www/lock", "NEUTRAL"),
        ("autoscale:update", "ssm:PutParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/baker/www/lock", "PERMITTED"),
        ("autoscale:update", "sns:Publish", "arn:aws:sns:eu-west-1:123456789012:deploys", "PERMITTED"),
        ("autoscale:update", "sns:Publish", "arn:aws:sns:eu-west-1:123456789012:others", "NEUTRAL"),
        ("autoscale:delete", "autoscaling:DeleteAutoScalingGroup", "*", "PERMITTED"),
        ("autoscale:delete", "autoscaling:CreateAutoScalingGroup", "*", "NEUTRAL"),
        ("autoscale:delete", "ec2:RunInstances", "*", "NEUTRAL"),
        ("autoscale:update -e staging", "ssm:PutParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/baker/env/staging/www/lock", "PERMITTED"),
        ("autoscale:update -e staging", "ssm:PutParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/baker/env/prod/www/lock", "NEUTRAL"),
        ("image:promote", "sts:AssumeRole", "arn:aws:iam::210987654321:role/images", "PERMITTED"),
    ];

    [Test]
    public async Task Policies_OfCommands_LetThroughWhatTheyNeedAndNoMore()
    {
        using var project = new TestProject(Manifest);
        var asked = new JArray();
        foreach (var (command, action, resource, _) in s_judged)
        {
            var policy = await project.RunAsync(["iam:policy", .. command.Split(' '), "--account", "123456789012"]);
            Assert.That(policy.Code, Is.EqualTo(ExitCode.Done), policy.Error);
            asked.Add(new JArray(policy.Out, action, resource));
        }

        project.Write("asked.json", asked.ToString());
        const string Script = """
            import json, sys
            try:
                from moto.iam.access_control import IAMPolicy
            except ImportError:
                sys.exit(9)
            for policy, action, resource in json.load(open(sys.argv[1])):
                print(IAMPolicy(policy).is_action_permitted(action, resource).name)
            """;

        var run = await ProcessRun.RunAsync(new ProcessStartInfo("python3", ["-c", Script, project.PathOf("asked.json")]));

        if (run.Code == 9)
        {
            Peers.Missing("moto is not installed");
        }

        Assert.That(run.Out.Trim().Split('\n'), Is.EqualTo(s_judged.Select(each => each.Expected)), run.Error);
    }

    [Test]
    public async Task Policy_OfAll_IsOneThatIamTakes()
    {
        using var project = new TestProject(Manifest);

        var policy = await project.RunAsync("iam:policy");

        var statements = (JArray)JObject.Parse(policy.Out)["Statement"]!;
        Assert.That(statements.Select(each => (string)each["Sid"]!), Is.Unique);
        Assert.That(statements.SelectMany(each => each["Action"]!).Select(each => (string)each!), Has.All.Match("^[a-z0-9]+:[A-Za-z*]+$"));
        Assert.That(statements.SelectMany(each => each["Resource"] is JArray list ? list : [each["Resource"]!]).Select(each => (string)each!), Has.All.Match(@"^(\*|arn:aws:[a-z0-9]+:[a-z0-9-]*:(\*|\d{12})?:.+)$"));
    }

    [Test]
    public async Task Policy_OfWhatAsksNothing_SaysSo()
    {
        using var project = new TestProject(Manifest);

        var run = await project.RunAsync("iam:policy", "role:create");

        Assert.That((run.Code, run.Out, run.Error), Is.EqualTo((ExitCode.Done, "", "role:create asks nothing of AWS.\n")));
    }
}
