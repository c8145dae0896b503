namespace Baker.Cli.Tests.Programs;

/// <summary>What is asked of both programs, one after the other in one project: every command, with what it prints for people and for programs.</summary>
internal static class Invocations
{
    private const string Image = "--image ami-1ebb2077";

    public static readonly string Manifest = """
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077", "description": "a key",
            "default_attributes": {"environment": "ein Schlüssel 🔑", "numbers": [1, 2.50, 1e3, 123456789012345678901234567890], "no": null}, "run_list": ["recipe[one]"]},
          "bee": {"provision": ["scripts/a.sh"], "user_data": "#!/bin/sh\ntrue\n"},
          "www": {"autoscale": {"node_min": 1, "node_max": 4, "timeout": 0, "warmup": 5}}
        }
        """;

    /// <summary>Another manifest, with environments.</summary>
    public const string Environments = """
        {
          "__settings__": {"cloud": "local", "environment_tag": "Env", "name_tag": "{{environment}}-{{group}}-{{n}}"},
          "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "default_attributes": {"pool": 1.50}, "autoscale": {"node_min": 1}},
          "www": {"run_list": ["recipe[one]"]}, "db": {},
          "__environments__": {"staging": {"__description__": "ein Schlüssel 🔑", "__base__": {"tags": {"a": "b"}}, "db": null}, "production": {"__cookbook_versions__": {"one": "~> 2.1"}}}
        }
        """;

    /// <summary>A third, with services.</summary>
    public const string Services = """
        {
          "__settings__": {"cloud": "local", "catalog": "ssm"},
          "__base__": {"instance_type": "m5.large", "source_ami": "ami-1ebb2077", "services_from": "recipe[services::*]"},
          "web": {"config": false, "needs": {"api": {}, "recommendation": {"optional": true}}},
          "back": {"config": false, "run_list": ["recipe[services::api]", "services::worker"], "provides": {"api": {"port": 8080, "check": "/status"}}},
          "__environments__": {"staging": {}}
        }
        """;

    public static IReadOnlyList<string> All { get; } =
    [
        "", "--version", "--help", "no:such", "role:create --no-such", "node:show bee --no-such",
        "node:list", "node:list --json", "node:list --manifest broken.json", "node:list --manifest missing.json",
        "node:show", "node:show bee", "node:show bee --explain", "node:show bea",
        "environment:list", "environment:list --json", "environment:plan", "environment:plan --manifest environments.json nowhere", "environment:plan --manifest environments.json staging", "environment:plan --manifest environments.json staging --delete-fleets", "environment:create --manifest environments.json staging --dry-run", "environment:update --manifest environments.json staging --dry-run --json", "environment:status --manifest environments.json staging", "environment:status --manifest environments.json -e staging --json", "environment:delete --manifest environments.json staging", "environment:delete --manifest environments.json staging --dry-run", "environment:diff --manifest environments.json staging production", "environment:diff --manifest environments.json staging staging --json", "node:list --manifest environments.json", "node:list --manifest environments.json -e stagin", "node:show www --manifest environments.json -e staging --explain", "environment:list --manifest environments.json", "environment:list --manifest environments.json --json -e staging", "role:update --manifest environments.json --check", "autoscale:create --manifest environments.json --dry-run", "autoscale:status --manifest environments.json", "autoscale:status --manifest environments.json --environment staging", "instance:list --manifest environments.json -e staging --json",
        "role:create --check", "role:create", "role:create", "roles:create bee", "role:update", "roles:update --check", "role:update bea",
        "packer:create", "packer:create --check", "packer:create --format hcl2", "template:export --dry-run", "template:export", "template:export --format yaml",
        "packer:run bee --dry-run", "packer:run bee --dry-run --json", "packer:run bee", "packer:run bee", "packer:run bee --json", "packer:run bee --force --json", "packer:run bee --engine oven",
        "image:list", "image:list --json", "image:list --tree",
        "image:channels", "image:promote bee --to production --dry-run", "image:promote bee --to production", "image:promote bee", "image:promote bee --to A", "image:rollback bee --channel production", "image:rollback bee", "image:demote bee --channel production --dry-run", "image:demote bee --channel nothing", "image:demote bee", "image:channels", "image:channels bee --json", "image:channels --account prod", "image:promote bee --to production --account prod", "image:list --account prod", "image:revoke ami-1 --why old", "image:revoke", "image:show ami-1", "image:show", "image:diff bee", "image:diff www", "image:diff",
        "packer:clean -n 1 --dry-run", "packer:clean -n 1 --yes --json", "packer:clean -n 1 --yes", "packer:clean -n 1", "packer:clean -n x",
        "autoscale:create", "autoscale:create --dry-run",
        $"autoscale:run www {Image} --dry-run", $"autoscale:run www {Image}", "autoscale:run",
        "autoscale:status", "autoscale:status --json", $"autoscale:update www {Image}", $"autoscale:update www {Image} --force --no-wait", "autoscale:status www --json", "autoscale:rollback www", $"autoscale:update www {Image} --strategy replace --dry-run", "autoscale:update www --before none", $"autoscale:update www {Image} --strategy canary --dry-run", $"autoscale:update www {Image} --approve", "autoscale:promote www", "autoscale:promote www --all --dry-run", "autoscale:pause www --json",
        "autoscale:scale www 3", "autoscale:scale www 3 --json", "autoscale:scale www 2 --dry-run --json", "autoscale:scale www many", "autoscale:scale www --from-manifest", "autoscale:suspend www AZRebalance", "autoscale:resume www AZRebalance",
        "maintenance:on www --dry-run", "maintenance:on www --redirect nowhere", "maintenance:on", "maintenance:off www", "maintenance:off www --json", "maintenance:status", "maintenance:status www --json",
        $"instance:create www --key key.pem --name one --zone us-east-1a {Image} --dry-run",
        $"instance:create www --key key.pem --name one --zone us-east-1a {Image} --dry-run --json",
        $"instance:create www --key key.pem --name one --zone us-east-1a {Image}", "instance:create www --key missing.pem --name one",
        "instance:list bee", "instance:list", "instance:list --json", "instance:inventory", "instance:inventory --host i-0", "instance:deploy www", "instance:deploy www --dry-run", "instance:deploy www -n 0", "instance:deploy",
        "instance:run www", "instance:run www no-such", "instance:run www --dry-run -- true",
        "packer:create --payload", "packer:run bee --branch main", "packer:run bee --revision ..",
        $"instance:create www --key key.pem --name two --zone us-east-1a {Image} --join",
        "instance:shell one", "instance:shell", "instance:forward one 80:70000", "instance:forward one", "instance:copy one:/a b", "instance:copy a b", "instance:copy a", "instance:quarantine", "instance:quarantine one", "instance:quarantine nothing", "instance:terminate one", "instance:terminate one --yes", "instance:terminate one --break-lock",
        "config:set bee A=1 B=two", "config:set bee A=1 --secret --dry-run", "config:set bee A=1 A=2", "config:set bee 1=2 EMPTY=", "config:set", "config:set bee TYPED",
        "config:set --all-groups LEVEL=info --secret", "config:import bee variables.env", "config:import bee missing.env", "config:edit bee", "config:history bee nothing",
        "config:list", "config:list bee --json --no-such", "config:unset bee A --dry-run --json", "config:unset bee A B nothing", "config:unset --all-groups LEVEL", "config:unset bee", "config:history bee", "config:push bee", "config:push --dry-run",
        "plan --json --markdown", "plan bea", "plan www", "plan www --markdown", "plan --manifest environments.json", "apply no-such.json", "apply --group www --dry-run", "apply --parallel 0", "apply --max-failures x", "apply broken.json",
        "freeze status", "freeze on --why closed --dry-run", "freeze on --why closed", "freeze on --why again", "freeze status --json", "autoscale:scale www 2", "autoscale:scale www 2 --dry-run", "autoscale:scale www 2 --override needed", "freeze off --json", "freeze off", "freeze up", "freeze off --why x", "change:list nothing", "change:show", "change:show no-such",
        "autoscale:delete www", "autoscale:delete www --yes", "packer:delete bee --yes --json", "packer:delete",
        "service:graph", "service:graph --format json", "service:graph --format xml", "service:graph --manifest services.json", "service:graph --manifest services.json -e staging --format dot", "service:graph --manifest services.json --format json",
        "service:watch nothing", "service:watch apo --manifest services.json -e staging", "instance:deploy --needs apo --manifest services.json -e staging", "instance:deploy web --needs api --manifest services.json -e staging", "instance:deploy --needs worker --manifest services.json -e staging", "instance:deploy --needs api --manifest services.json -e staging --dry-run",
        "service:list", "service:list nothing", "service:list --manifest services.json", "service:list --manifest services.json -e staging", "service:list api --manifest services.json -e staging --json", "service:drift", "service:drift --manifest services.json -e staging", "service:drift back --manifest services.json -e staging --json", "service:decommission", "service:decommission api --manifest services.json -e staging", "service:decommission api --manifest services.json -e staging --node i-1", "service:show", "service:show api --manifest services.json -e staging", "service:show apo --manifest services.json -e staging", "service:show recommendation --manifest services.json -e staging --json",
        "local:status", "local:status --json", "local:env --manifest missing.json", "local:image", "local:image list --json", "local:image add web root.tar", "local:image remove ami-1ebb2077", "local:reset", "local:reset --dry-run", "local:reset --yes", "local:serve --port many", "console --port many",
        "help", "help packer:run", "help packer:rnu", "help --format man", "help --format yaml", "completion bash", "completion", "complete -- autoscale:", "complete -- packer:run b", "version --no-such", "iam:policy", "iam:policy packer:run --account 123456789012", "iam:policy autoscale:update instance:deploy --manifest environments.json -e staging", "iam:policy role:create", "iam:policy packer:rnu", "iam:policy packer:run --account mine", "iam:policy plan --manifest missing.json", "doctor --no-such", "doctor --cloud moon", "init", "init --from missing.json", "init --from image.pkr.hcl", "init --from asg", "init stray", "init --name ../up", "init --name web --region nowhere",
        "self:install --dry-run --prefix installed", "self:install --dry-run --prefix installed --ready-to-run",
    ];
}
