using Baker.Cli.Projects;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Permissions;

/// <summary>An IAM policy that allows some actions, each on as little as the manifest and AWS let one say.</summary>
internal sealed class PolicyText
{
    private const string MadeByBaker = "baker:group";

    private readonly NodeProject _project;
    private readonly string _account;
    private readonly List<NodeGroup> _groups;
    private readonly List<string> _regions;

    /// <param name="account">Twelve digits, or <c>*</c>.</param>
    public PolicyText(NodeProject project, string account)
    {
        (_project, _account) = (project, account);
        _groups = [.. project.Views().SelectMany(view => view.Sound())];
        _regions = [.. _groups.SelectMany(group => group.Regions).DefaultIfEmpty("*").Distinct().Order(StringComparer.Ordinal)];
    }

    public JObject Of(IEnumerable<string> actions)
    {
        var statements = new List<(string Sid, JObject Statement, JArray Actions)>();
        foreach (var action in Implied([.. actions]))
        {
            foreach (var (sid, resources, condition) in ScopesOf(action))
            {
                if (statements.FirstOrDefault(each => each.Sid == sid).Actions is { } known)
                {
                    known.Add(action);
                    continue;
                }

                var list = new JArray(action);
                var statement = new JObject
                {
                    ["Sid"] = sid,
                    ["Effect"] = "Allow",
                    ["Action"] = list,
                    ["Resource"] = resources.Count == 1 ? resources[0] : new JArray(resources),
                };
                if (condition is not null)
                {
                    statement["Condition"] = condition;
                }

                statements.Add((sid, statement, list));
            }
        }

        return new JObject { ["Version"] = "2012-10-17", ["Statement"] = new JArray(statements.Select(each => each.Statement)) };
    }

    /// <summary>With what AWS asks for beside an action, although nobody calls it.</summary>
    private SortedSet<string> Implied(HashSet<string> actions)
    {
        var all = new SortedSet<string>(actions, StringComparer.Ordinal);
        var launches = all.Overlaps(["ec2:RunInstances", "autoscaling:CreateAutoScalingGroup", "ec2:CreateLaunchTemplate"]);
        if (launches && _groups.Exists(group => group.IamInstanceProfile is not null))
        {
            all.Add("iam:PassRole");
        }

        if (all.Contains("autoscaling:CreateAutoScalingGroup"))
        {
            all.UnionWith(["ec2:RunInstances", "ec2:CreateTags", "iam:CreateServiceLinkedRole"]);
        }

        if (all.Contains("elasticloadbalancing:CreateLoadBalancer"))
        {
            all.Add("iam:CreateServiceLinkedRole");
        }

        if (launches && Keys().Count > 0)
        {
            all.UnionWith(["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]);
        }

        if (all.Contains("ssm:PutParameter") && Keys().Count > 0)
        {
            all.UnionWith(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]);
        }

        return all;
    }

    private IEnumerable<Scope> ScopesOf(string action)
    {
        var colon = action.IndexOf(':', StringComparison.Ordinal);
        var (service, name) = (action[..colon], action[(colon + 1)..]);
        var looks = name.StartsWith("Describe", StringComparison.Ordinal) || name.StartsWith("List", StringComparison.Ordinal);
        return service switch
        {
            "ssm" => OfSystemsManager(name),
            "s3" => _project.Settings.Bucket is { } bucket
                ? [new("Bucket", [$"arn:{Partition(_regions[0])}:s3:::{bucket}/{_project.Settings.BucketPrefix}*"])]
                : [],
            "sts" => _project.Settings.Accounts.IsEmpty
                ? []
                : [new("OtherAccounts", [.. _project.Settings.Accounts.Select(account => account.RoleArn)])],
            "kms" => [new("Keys", Keys())],
            "iam" => OfIdentities(name),
            "sns" when name == "Publish" => Topics() is { Count: > 0 } topics ? [new("Notifications", topics)] : [],
            "sns" when name != "ListTopics" => [new("Topics", [.. InRegions("sns", "*")])],
            "elasticloadbalancing" when !looks => [new("Balancers", [.. InRegions("elasticloadbalancing", "*")])],
            "cloudwatch" when !looks && name != "GetMetricData" => [new("Alarms", [.. InRegions("cloudwatch", "alarm:*")])],
            "autoscaling" when !looks => IsOfNewFleets(name)
                ? [new("NewFleets", ["*"], InTheseRegions())]
                : [new("FleetsThatBakerMade", ["*"], Tagged("autoscaling:ResourceTag"))],
            "ec2" when !looks && !name.StartsWith("Get", StringComparison.Ordinal) => IsOfWhatBakerMade(name)
                ? [new("WhatBakerMade", ["*"], Tagged("aws:ResourceTag"))]
                : [new("InTheseRegions", ["*"], InTheseRegions())],
            _ => [new("Look", ["*"])],
        };
    }

    private IEnumerable<Scope> OfSystemsManager(string name)
    {
        if (name == "SendCommand")
        {
            yield return new("Nodes", [.. InRegions("ec2", "instance/*")], Tagged("aws:ResourceTag"));
            yield return new("TheDocumentOfCommands", [.. OfAws("document/AWS-RunShellScript")]);
        }
        else if (name == "StartSession")
        {
            yield return new("Nodes", [.. InRegions("ec2", "instance/*")], Tagged("aws:ResourceTag"));
            string[] documents = ["AWS-StartPortForwardingSession", "AWS-StartSSHSession"];
            yield return new("Sessions", [.. documents.SelectMany(each => OfAws($"document/{each}"))]);
        }
        else if (name is "DescribeParameters" or "DescribeInstanceInformation" || name.Contains("Command", StringComparison.Ordinal))
        {
            yield return new("Look", ["*"]);
        }
        else
        {
            yield return new("Parameters", [.. ParameterPaths().SelectMany(path => InRegions("ssm", $"parameter/{path}"))]);
        }

        if (name is "GetParameter" or "GetParameters" && _groups.Exists(group => group.Source is SourceImage.ByParameter))
        {
            var sources = _groups.Select(group => group.Source).OfType<SourceImage.ByParameter>();
            var names = sources.Select(source => source.Name.TrimStart('/')).Distinct();
            yield return new("SourceImages", [.. names.SelectMany(each => each.StartsWith("aws/", StringComparison.Ordinal)
                ? OfAws($"parameter/{each}")
                : InRegions("ssm", $"parameter/{each}"))]);
        }
    }

    private IEnumerable<string> ParameterPaths() => _project.Environment is { } environment
        ?
        [
            $"baker/env/{environment.Name}", $"baker/env/{environment.Name}/*", "baker/images", "baker/images/*",
            $"baker/_changes/{environment.Name}",
        ]
        : ["baker", "baker/*"];

    private IEnumerable<Scope> OfIdentities(string name) => name == "PassRole"
        ? [new("WhatNodesAre", [$"arn:{Partition(_regions[0])}:iam::{_account}:role/*"], Equal("iam:PassedToService", "ec2.amazonaws.com"))]
        :
        [
            new(
                "WhatServicesAre",
                [$"arn:{Partition(_regions[0])}:iam::{_account}:role/aws-service-role/*"],
                Equal("iam:AWSServiceName", "autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com")),
        ];

    private static bool IsOfNewFleets(string name) => name.StartsWith("Create", StringComparison.Ordinal)
        || name.StartsWith("Put", StringComparison.Ordinal) || name is "EnableMetricsCollection" or "StartInstanceRefresh";

    private static bool IsOfWhatBakerMade(string name) =>
        name is "TerminateInstances" or "StopInstances" or "DeleteLaunchTemplate" or "DeregisterImage" or "DisableImage";

    private List<string> Topics() =>
        [.. _groups.SelectMany(group => group.Notifications).Where(each => each.StartsWith("arn:", StringComparison.Ordinal)).Distinct()];

    private List<string> Keys() =>
    [
        .. _groups
            .SelectMany(group => group.RegionKmsKeyIds.Select(each => each.Value)
                .Concat(group.BlockDevices.Select(device => device.KmsKeyId))
                .Append(group.KmsKeyId)
                .Append(group.Config?.KmsKeyId))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            // An alias is no resource of a policy for keys: it could be moved to another one.
            .SelectMany(key => key.StartsWith("arn:", StringComparison.Ordinal) && key.Contains(":key/", StringComparison.Ordinal)
                ? [key]
                : InRegions("kms", key.Contains("alias/", StringComparison.Ordinal) ? "key/*" : $"key/{key}"))
            .Distinct(StringComparer.Ordinal),
    ];

    private static string Partition(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn"
        : region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov"
        : "aws";

    private IEnumerable<string> InRegions(string service, string resource) =>
        _regions.Select(region => $"arn:{Partition(region)}:{service}:{region}:{_account}:{resource}");

    /// <summary>What AWS itself has in Systems Manager.</summary>
    private IEnumerable<string> OfAws(string resource) => _regions.Select(region => $"arn:{Partition(region)}:ssm:{region}::{resource}");

    private JObject InTheseRegions() => Equal("aws:RequestedRegion", [.. _regions]);

    private static JObject Tagged(string key) => new() { ["Null"] = new JObject { [$"{key}/{MadeByBaker}"] = "false" } };

    private static JObject Equal(string key, params string[] values) => new()
    {
        ["StringEquals"] = new JObject { [key] = values.Length == 1 ? values[0] : new JArray(values) },
    };

    private sealed record Scope(string Sid, IReadOnlyList<string> Resources, JObject? Condition = null);
}
