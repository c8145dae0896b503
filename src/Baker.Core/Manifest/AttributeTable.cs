namespace Baker.Core.Manifest;

/// <summary>Every attribute that a group may have, named as Packer's amazon-ebs builder and Chef's roles name them.</summary>
public static class AttributeTable
{
    private static readonly ValueCheck Zone = Checks.TextLike("an availability zone", "availability zones", Shapes.IsZone);
    private static readonly ValueCheck Subnet = Checks.TextLike("a subnet id", "subnet ids", text => Shapes.IsId(text, "subnet-"));
    private static readonly ValueCheck Region = Checks.TextLike("a region", "regions", Shapes.IsRegion);
    private static readonly ValueCheck InstanceType = Checks.TextLike("an instance type", "instance types", Shapes.IsInstanceType);
    private static readonly ValueCheck ProjectPath = Checks.TextLike(
        "a path inside the project's folder",
        "paths inside the project's folder",
        Shapes.IsProjectPath);
    private static readonly ValueCheck GroupNamed = Checks.TextLike(
        "the name of a group",
        "names of groups",
        text => GroupName.IsOne(text));
    private static readonly ValueCheck Channel = Checks.TextLike(
        "the name of a channel such as production",
        "names of channels",
        Shapes.IsChannel);
    private static readonly ValueCheck RunList = Checks.ListOf(Checks.TextLike(
        "a run list item such as recipe[nginx] or role[web]",
        "run list items such as recipe[nginx] or role[web]",
        Shapes.IsRunListItem));
    private static readonly ValueCheck Tags = Checks.MapOf(
        Checks.TextLike("a text of at most 256 characters", "texts of at most 256 characters", text => text.Length <= 256),
        Checks.TextLike("1 to 128 characters and start with neither aws: nor baker:", "", Shapes.IsTagKey));

    private static readonly ValueCheck Script = Checks.EitherOf(
        ProjectPath,
        Checks.Fields(
            1,
            ("script", ProjectPath),
            ("arguments", Checks.ListOf(Checks.TextLike("a text without line breaks", "texts without line breaks", Shapes.IsArgument))),
            ("folder", Checks.TextLike("an absolute path", "absolute paths", Shapes.IsAbsolutePath))));

    // All may be in another layer; MergedChecks asks for what is needed.
    private static readonly ValueCheck Code = Checks.Fields(
        0,
        ("repository", Checks.TextLike(
            "what git fetches from, without spaces, a password or a token",
            "repositories",
            Shapes.IsRepository)),
        ("path", Checks.TextLike(
            "an absolute path of at most 100 characters, below a folder such as /srv or /opt",
            "absolute paths",
            Shapes.IsTreePath)),
        ("branch", Checks.TextLike("the name of a branch", "names of branches", Shapes.IsRevision)),
        ("revision", Checks.TextLike("a tag, or a commit of 40 digits", "tags and commits", Shapes.IsRevision)),
        ("without", Checks.ListOf(Checks.OneOf("submodules", "lfs"))));

    private static readonly AttributeRule[] Rules =
    [
        new("description", "\"web servers\"", Checks.AnyText),
        new("image_name", "\"{{group}}-{{timestamp}}\"", Checks.TextLike(
            "a name of at most 65 of EC2's characters, with {{timestamp}} and perhaps {{group}} in it",
            "names with {{timestamp}}",
            Shapes.IsImageName)),
        new("type", "\"amazon-ebs\"", Checks.Text),
        new("template", "\"templates/packer.json.sbn\"", ProjectPath),
        new("region", "\"us-east-1\"", Region),
        new("architectures", "[\"x86_64\", \"arm64\"]", Checks.ListOf(Checks.OneOf(MachineArchitectures.Names))),
        new("instance_type", "\"m5.large\"", Checks.ByArchitecture(InstanceType)),
        new("instance_types", "[\"m5a.large\", \"m5.large\"]", Checks.ByArchitecture(Checks.ListOf(InstanceType))),
        new(
            "source_ami",
            "\"ami-1ebb2077\"",
            Checks.ByArchitecture(Checks.TextLike("an image id", "image ids", Shapes.IsImageId))),
        new(
            "source_ami_filter",
            "{\"filters\": {\"name\": \"debian-12-amd64-*\"}, \"owners\": [\"136693071363\"], \"most_recent\": true}",
            Checks.ByArchitecture(Checks.Fields(
                2,
                ("filters", Checks.MapOf(Checks.OneOrListOf(Checks.Text))),
                ("owners", Checks.ListOf(Checks.TextLike(
                    "an account id, self, amazon or aws-marketplace",
                    "account ids, self, amazon or aws-marketplace",
                    text => text is "self" or "amazon" or "aws-marketplace" or "aws-backup-vault" || Shapes.IsAccount(text)))),
                ("most_recent", Checks.Flag)))),
        new(
            "source_ami_parameter",
            "\"/aws/service/debian/release/12/latest/amd64\"",
            Checks.ByArchitecture(Checks.TextLike(
                "the name of an SSM parameter, which starts with /",
                "names of SSM parameters",
                Shapes.IsParameterName))),
        new("source_group", "\"base\"", GroupNamed),
        new("source_channel", "\"production\"", Channel),
        new("image_channel", "\"production\"", Channel),
        new("retention", "{\"images\": 3, \"days\": 30}", Checks.ExactFields(
            0,
            ("images", Checks.Integer(1, 1000)),
            ("days", Checks.Integer(1, 3650)))),
        new("fast_snapshot_restore", "[\"us-east-1a\"]", TrueOr(Checks.ListOf(Zone))),
        new("volume_initialization_rate", "200", Checks.Integer(100, 300)),
        new("security_groups", "[\"external\", \"sg-0123456789abcdef0\"]", Checks.ListOf(Checks.Text)),
        new("vpc_id", "\"vpc-0123456789abcdef0\"", Checks.TextLike("a VPC id", "VPC ids", text => Shapes.IsId(text, "vpc-"))),
        new("subnet_id", "\"subnet-0123456789abcdef0\"", Checks.OneOrListOf(Subnet)),
        new("availability_zone", "\"us-east-1a\"", Checks.OneOrListOf(Zone)),
        new("associate_public_ip_address", "true", Checks.Flag),
        new("ebs_optimized", "true", Checks.Flag),
        new("shutdown_behavior", "\"terminate\"", Checks.OneOf("stop", "terminate")),
        new("default_attributes", "{\"environment\": \"production\"}", Checks.Dictionary),
        new("override_attributes", "{\"environment\": \"production\"}", Checks.Dictionary),
        new("run_list", "[\"recipe[nginx]\"]", RunList),
        new("post_run_list", "[\"recipe[sudo]\"]", RunList),
        new("dna", "{\"app\": {\"port\": 8080}}", Checks.MapOf(
            Checks.Anything,
            Checks.TextLike("the name of an attribute, and neither id nor run_list, which Baker writes", "", Shapes.IsDnaKey))),
        new("data_bag_secret_file", "\"~/.chef/encrypted_data_bag_secret\"", Checks.Text),
        new(
            "provision",
            "[\"scripts/base.sh\", {\"script\": \"scripts/app.py\", \"arguments\": [\"--fast\"], \"folder\": \"/srv/app\"}]",
            Checks.ListOf(Script)),
        new("line_endings", "\"refuse\"", Checks.OneOf("convert", "refuse")),
        new("tasks", "{\"migrate\": \"scripts/migrate.sh\"}", Checks.MapOf(
            Script,
            Checks.TextLike("the name of a task, of letters, digits, hyphens and underscores", "", Shapes.IsTaskName))),
        new(
            "code",
            "{\"repository\": \"git@github.com:acme/app.git\", \"branch\": \"master\", \"path\": \"/srv/app\"}",
            Checks.OneOrListOf(Code)),
        new("verify", "[\"tests/smoke.sh\"]", Checks.ListOf(Script)),
        new(
            "verify_http",
            "{\"port\": 8080, \"path\": \"/healthz\"}",
            Checks.Fields(
                1,
                ("port", Checks.Integer(1, 65535)),
                ("path", Checks.TextLike("a path that starts with / and has no spaces", "paths", Shapes.IsUrlPath)),
                ("timeout", Checks.TextLike("a duration such as 90s or 5m, longer than none", "durations", Shapes.IsTimeout)))),
        new("verify_on_error", "\"keep\"", Checks.OneOf("cleanup", "keep")),
        new("iam_instance_profile", "\"builder\"", Checks.Text),
        new("config", "true", Checks.Flag),
        new("config_reload", "[\"web.service\"]", Checks.ListOf(Checks.TextLike(
            "a systemd unit or the whole path of a program",
            "systemd units or whole paths of programs",
            Shapes.IsReloadable))),
        new("config_secrets", "[\"DATABASE_PASSWORD\"]", Checks.ListOf(Checks.TextLike(
            "the name of a variable, of letters, digits and _",
            "names of variables, of letters, digits and _",
            Shapes.IsVariable))),
        new("config_kms_key_id", "\"alias/config\"", Checks.Text),
        new("user_data", "\"#!/bin/sh\\necho hello\\n\"", Checks.AnyText),
        new("user_data_file", "\"scripts/boot.sh\"", ProjectPath),
        new(
            "launch_block_device_mappings",
            "[{\"device_name\": \"/dev/xvda\", \"volume_size\": 20, \"volume_type\": \"gp3\"}]",
            Checks.ListOf(Checks.Fields(
                1,
                ("device_name", Checks.Text),
                ("volume_size", Checks.Integer(1, 65536)),
                ("volume_type", Checks.OneOf("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard")),
                ("iops", Checks.Integer(100, 256000)),
                ("throughput", Checks.Integer(125, 2000)),
                ("encrypted", Checks.Flag),
                ("kms_key_id", Checks.Text),
                ("snapshot_id", Checks.TextLike("a snapshot id", "snapshot ids", text => Shapes.IsId(text, "snap-"))),
                ("delete_on_termination", Checks.Flag)))),
        new("encrypt_boot", "true", Checks.Flag),
        new("kms_key_id", "\"alias/images\"", Checks.Text),
        new("region_kms_key_ids", "{\"eu-west-1\": \"alias/images\"}", Checks.MapOf(Checks.Text, Region)),
        new("tags", "{\"team\": \"web\"}", Tags),
        new("snapshot_tags", "{\"team\": \"web\"}", Tags),
        new("ami_regions", "[\"us-west-2\"]", Checks.ListOf(Region)),
        new(
            "ami_users",
            "[\"123456789012\"]",
            Checks.ListOf(Checks.TextLike("a 12-digit account id in quotes", "12-digit account ids in quotes", Shapes.IsAccount))),
        new("deprecate_after", "\"30d\"", Checks.TextLike("a duration such as 30d or 12h", "durations", Shapes.IsDuration)),
        new("communicator", "\"ssh\"", Checks.OneOf("ssm", "ssh", "none")),
        new("ssh_username", "\"ubuntu\"", Checks.TextLike("the name of a user", "names of users", Shapes.IsUserName)),
        new("ssh_interface", "\"private_ip\"", Checks.OneOf("public_ip", "private_ip", "public_dns", "private_dns")),
        new("ssh_port", "22", Checks.Integer(1, 65535)),
        new("ssh_timeout", "\"10m\"", Checks.TextLike("a duration such as 10m, longer than none", "durations", Shapes.IsTimeout)),
        new("ssh_private_key_file", "\"~/.ssh/id_ed25519\"", Checks.Text),
        new("ssh_agent_auth", "true", Checks.Flag),
        new("temporary_security_group_source_cidrs", "[\"10.0.0.0/8\"]", Checks.ListOf(Checks.TextLike(
            "an address range such as 10.0.0.0/8, and not all addresses",
            "address ranges such as 10.0.0.0/8, and not all addresses",
            Shapes.IsSourceRange))),
        new("balancer", "\"www\"", EachOnce(Checks.OneOrListOf(Checks.TextLike(
            "the name of one of __balancers__",
            "names of __balancers__",
            text => GroupName.IsOne(text))))),
        new("uses", "[\"main\"]", EachOnce(Checks.ListOf(Checks.TextLike(
            "the name of one of __datastores__",
            "names of __datastores__",
            text => GroupName.IsOne(text))))),
        new("after", "[\"db\"]", EachOnce(Checks.OneOrListOf(GroupNamed))),
        new("deploy_window", "\"Mon-Thu 09:00-16:00 Europe/Berlin\"", WindowChecks.Window),
        new("notifications", "\"https://hooks.example.com/deploys\"", NotificationChecks.Notifications),
        new("provides", "{\"api\": {\"port\": 8080, \"check\": \"/status\"}}", ServiceChecks.Provides),
        new("needs", "{\"recommendation\": {\"optional\": true}}", ServiceChecks.Needs),
        new("services_from", "\"recipe[services::*]\"", ServiceChecks.From),
        new("catalog_user", "\"api-workers\"", EtcdChecks.User),
        new("services_reload", "[\"systemctl reload haproxy\"]", Checks.ListOf(ServiceChecks.Command)),
        new("services_converge", "\"chef-solo -j /etc/baker/dna.json\"", ServiceChecks.Command),
        new("drain", "{\"script\": \"/usr/local/bin/drain\", \"timeout\": \"24h\"}", ServiceChecks.Drain),
        new("alarms", "{\"busy\": {\"metric\": \"CPUUtilization\", \"threshold\": 40}}", AlarmChecks.Alarms),
        new("autoscale", "{\"node_min\": 2, \"node_max\": 4, \"timeout\": 120}", AutoscaleChecks.Autoscale(Zone, Subnet, InstanceType)),
    ];

    private static readonly AttributeRule[][] RulesByLength = ByLength();

    /// <summary>The names of all known attributes.</summary>
    public static IEnumerable<string> Names => Rules.Select(rule => rule.Name);

    internal static AttributeRule? Find(ManifestValue name)
    {
        if (!name.IsPlain)
        {
            var text = name.Text;
            return Array.Find(Rules, rule => rule.Name == text);
        }

        var raw = name.Raw;
        if (raw.Length < RulesByLength.Length)
        {
            foreach (var rule in RulesByLength[raw.Length])
            {
                if (raw.SequenceEqual(rule.Utf8Name))
                {
                    return rule;
                }
            }
        }

        return null;
    }

    private static ValueCheck EachOnce(ValueCheck list) => list.And(ValueKind.Array, Checks.EachOnce);

    private static ValueCheck TrueOr(ValueCheck list) => new($"true, or {list.Expected}", "", (context, path, value) =>
    {
        if (value.Kind == ValueKind.Array)
        {
            list.Run(context, path, value);
        }
        else if (value.Kind is not (ValueKind.True or ValueKind.False))
        {
            context.WrongType(path, value, $"true, false, or {list.Expected}");
        }
    });

    private static AttributeRule[][] ByLength()
    {
        var longest = 0;
        foreach (var rule in Rules)
        {
            longest = Math.Max(longest, rule.Utf8Name.Length);
        }

        var table = new AttributeRule[longest + 1][];
        for (var length = 0; length <= longest; length++)
        {
            table[length] = Array.FindAll(Rules, rule => rule.Utf8Name.Length == length);
        }

        return table;
    }
}
