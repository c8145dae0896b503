namespace Baker.Cli.Manual;

/// <summary>How each command is used: two lines or three that people type, and what comes of them.</summary>
internal static class CommandExamples
{
    public static IReadOnlyList<ManualEntry> Of(string command) => command switch
    {
        "init" =>
        [
            new("package init", "A project that bakes at once on the local cloud, in this folder."),
            new("package init --from packer.json", "A project of a Packer template."),
            new("package init --from asg www-live --region eu-west-1", "A project of a live Auto Scaling group."),
        ],
        "role:create" =>
        [
            new("package role:create", "Writes roles/GROUP.json of every group."),
            new("package role:create --check", "In CI: exit 2 where a role is not what the manifest makes it."),
        ],
        "role:update" =>
        [
            new("package role:update", "After an edit: rewrites the roles that differ."),
            new("package role:update www --check", "Whether the role of www is current."),
        ],
        "node:list" =>
        [
            new("package node:list", "The groups, and every mistake of the manifest at its line."),
            new("package node:list --json", "The same for a script."),
        ],
        "node:show" =>
        [
            new("package node:show www", "www as it is after merging."),
            new("package node:show www --explain", "Where each value comes from."),
        ],
        "environment:list" =>
        [
            new("package environment:list", "The environments, and what each lays over the groups."),
            new("package environment:list --json", "The same for a script."),
        ],
        "environment:plan" =>
        [
            new("package environment:plan staging", "What create or update would do; exit 2 where that is anything."),
            new("package environment:plan staging --delete-fleets", "The same, with fleets whose groups are gone."),
        ],
        "environment:create" =>
        [
            new("package environment:create staging", "Makes all of it; where it was killed, goes on."),
            new("package environment:create staging --dry-run", "Only the steps."),
        ],
        "environment:update" =>
        [
            new("package environment:update production", "Brings all to what the manifest says, fleets to their newest images."),
            new("package environment:update production --dry-run", "Only the steps."),
        ],
        "environment:delete" =>
        [
            new("package environment:delete staging --dry-run", "What would go, and what stays."),
            new("package environment:delete staging --yes staging", "Takes it down without asking for the name."),
        ],
        "environment:status" =>
        [
            new("package environment:status production", "Every role and datastore; exit 4 where a role is not healthy."),
            new("package environment:status production --json", "The same for a monitor."),
        ],
        "environment:diff" =>
        [
            new("package environment:diff staging production", "How the two differ in the manifest."),
            new("package environment:diff staging production --json", "The same for a script."),
        ],
        "packer:create" =>
        [
            new("package packer:create", "Writes packer/GROUP.json of every group."),
            new("package packer:create www --format hcl2", "packer/www.pkr.hcl, for newer Packers."),
        ],
        "template:export" =>
        [
            new("package template:export --dry-run", "Which files it would write."),
            new("package template:export", "Writes the built-in templates, to be edited."),
        ],
        "packer:run" =>
        [
            new("package packer:run www", "Bakes www where its image is not current."),
            new("package packer:run --cloud local", "A rehearsal of all groups on this machine."),
            new("package packer:run www --on-error keep", "Leaves the instance of a failed bake for a look."),
        ],
        "plan" =>
        [
            new("package plan", "Everything that is stale, with why."),
            new("package plan --out monday.json", "Keeps the plan, for apply."),
            new("package plan --markdown", "For a pull request's comment."),
        ],
        "apply" =>
        [
            new("package apply", "Ends what package plan lists."),
            new("package apply monday.json", "Ends what was kept, or says what has moved since."),
            new("package apply --group www --parallel 2", "Of one group, two fleets at a time."),
        ],
        "local:serve" =>
        [
            new("package local:serve", "Serves the project's local cloud until Ctrl-C."),
            new("package local:serve --port 0", "At a port that is free."),
        ],
        "local:env" =>
        [
            new("eval \"$(package local:env)\"", "From now on aws, packer and terraform reach the local cloud."),
            new("eval \"$(package local:env)\" && aws ec2 describe-images --owners self", "What it holds."),
        ],
        "local:status" =>
        [
            new("package local:status", "What the local cloud holds."),
            new("package local:status --json", "The same for a script."),
        ],
        "local:image" =>
        [
            new("package local:image list", "The base images, and what each stands on."),
            new("package local:image add ami-1ebb2077 rootfs.tar", "Gives one a distribution's own root file system."),
        ],
        "local:reset" =>
        [
            new("package local:reset --dry-run", "What would go."),
            new("package local:reset --yes", "Ends all instances and removes the local cloud."),
        ],
        "image:list" =>
        [
            new("package image:list www", "The images of www, and who uses them."),
            new("package image:list --tree", "Each image below the one that it was made from."),
        ],
        "packer:clean" =>
        [
            new("package packer:clean --dry-run", "What would go, and why the rest stays."),
            new("package packer:clean www -n 3 --yes", "Keeps the newest three, and asks nothing."),
        ],
        "packer:delete" =>
        [
            new("package packer:delete old --dry-run", "What would go."),
            new("package packer:delete old --yes", "Removes all images of old, and its templates."),
        ],
        "image:promote" =>
        [
            new("package image:promote www --to production", "Fleets that follow production get the newest image of www."),
            new("package image:promote www ami-0123456789abcdef0 --to production", "That one."),
        ],
        "image:rollback" =>
        [
            new("package image:rollback www --channel production", "The channel points where it pointed before."),
            new("package image:rollback www --channel production --dry-run", "At which image that is."),
        ],
        "image:demote" =>
        [
            new("package image:demote www --channel beta", "The channel goes, its image stays."),
            new("package image:demote www --channel beta --dry-run", "What would be done."),
        ],
        "image:channels" =>
        [
            new("package image:channels", "Where the channels of all groups point."),
            new("package image:channels www --json", "The same of one group, for a script."),
        ],
        "image:revoke" =>
        [
            new("package image:revoke ami-0123456789abcdef0 --why CVE-2026-1234", "Nothing launches it any more."),
            new("package image:list", "Who still runs on it."),
        ],
        "image:show" =>
        [
            new("package image:show ami-0123456789abcdef0", "What it was made from, who uses it, what is in it."),
            new("package image:show www-20261128-101500 --json", "By its name, for a script."),
        ],
        "image:diff" =>
        [
            new("package image:diff www", "What the newest image has that the fleet's has not."),
            new("package image:diff ami-0123456789abcdef0 ami-0fedcba9876543210", "Two images, by their ids."),
        ],
        "autoscale:create" =>
        [
            new("package autoscale:create", "Writes dna/asg/GROUP.json of all groups with a fleet."),
            new("package autoscale:create www --dry-run", "Which files would change."),
        ],
        "autoscale:run" =>
        [
            new("package autoscale:run www", "The first fleet of www, of its newest image."),
            new("package autoscale:run www --min 1 --max 1", "A small one, to try."),
        ],
        "autoscale:update" =>
        [
            new("package autoscale:update www", "A new fleet beside the old, healthy, then in its place."),
            new("package autoscale:update www --soak 10m --keep 24h", "Both serve for ten minutes; the old is kept for a day."),
            new("package autoscale:update www --strategy canary", "A little at a time, judged by numbers."),
        ],
        "autoscale:rollback" =>
        [
            new("package autoscale:rollback www", "The old fleet serves again, the new one goes."),
            new("package autoscale:rollback www --dry-run", "Only the steps."),
        ],
        "autoscale:delete" =>
        [
            new("package autoscale:delete www --dry-run", "Only the steps."),
            new("package autoscale:delete www", "Says what it is about to take away, and asks."),
        ],
        "autoscale:status" =>
        [
            new("package autoscale:status", "All fleets: sizes, images, health, what is stale or under way."),
            new("package autoscale:status www --json", "One, for a monitor."),
        ],
        "autoscale:scale" =>
        [
            new("package autoscale:scale www 6", "Six nodes."),
            new("package autoscale:scale www --min 2 --max 8", "Other bounds."),
            new("package autoscale:scale www --from-manifest", "node_min and node_max as nodes.json has them."),
        ],
        "autoscale:suspend" =>
        [
            new("package autoscale:suspend www AZRebalance", "One scaling process."),
            new("package autoscale:suspend www", "All of them."),
        ],
        "autoscale:resume" =>
        [
            new("package autoscale:resume www", "What autoscale:suspend suspended."),
            new("package autoscale:resume www AZRebalance", "One process of those."),
        ],
        "autoscale:promote" =>
        [
            new("package autoscale:promote www", "The canary's next step, now."),
            new("package autoscale:promote www --all", "To the end."),
        ],
        "autoscale:pause" =>
        [
            new("package autoscale:pause www", "The canary stays at its step, and is judged on."),
            new("package autoscale:promote www", "Afterwards: it goes on."),
        ],
        "maintenance:on" =>
        [
            new("package maintenance:on www --page sorry.html", "503 with a page, to all requests."),
            new("package maintenance:on www api --dry-run", "What would change at which rules."),
        ],
        "maintenance:off" =>
        [
            new("package maintenance:off www", "The rules do again what they did."),
            new("package maintenance:off www --dry-run", "Only the steps."),
        ],
        "maintenance:status" =>
        [
            new("package maintenance:status", "Whether a notice is on, since when and by whom."),
            new("package maintenance:status www --json", "The same of one group, for a script."),
        ],
        "instance:create" =>
        [
            new("package instance:create www --key ~/.ssh/ops.pem --name www-debug", "One outside any fleet."),
            new("package instance:create www --key ~/.ssh/ops.pem --name www-9 --join", "Behind the group's balancer."),
        ],
        "instance:deploy" =>
        [
            new("package instance:deploy www", "Converges the nodes of www, ten at a time."),
            new("package instance:deploy www --drain", "One at a time, out of the balancer meanwhile."),
            new("package instance:deploy --needs api", "Those that need the service api."),
        ],
        "instance:run" =>
        [
            new("package instance:run www -- uptime", "A command on every node of www."),
            new("package instance:run www --once migrate", "A task of the manifest, on one node."),
        ],
        "instance:shell" =>
        [
            new("package instance:shell i-0123456789abcdef0", "A shell, without a port or a key."),
            new("package instance:shell www-debug", "By its name."),
        ],
        "instance:forward" =>
        [
            new("package instance:forward www 8080", "Port 8080 of the newest node of www, on 127.0.0.1:8080."),
            new("package instance:forward i-0123456789abcdef0 5432:15432", "Another port on this side."),
        ],
        "instance:copy" =>
        [
            new("package instance:copy app.conf www-debug:/etc/app.conf", "A file to a node."),
            new("package instance:copy www:/var/log/app logs", "A folder from the newest node of www."),
        ],
        "instance:list" =>
        [
            new("package instance:list", "All nodes, and what failed bakes kept."),
            new("package instance:list www --json", "Those of one group, for a script."),
        ],
        "instance:quarantine" =>
        [
            new("package instance:quarantine i-0123456789abcdef0", "Out of service, replaced, and kept for a look."),
            new("package instance:shell i-0123456789abcdef0", "The look."),
        ],
        "instance:terminate" =>
        [
            new("package instance:terminate www-debug --dry-run", "Only the steps."),
            new("package instance:terminate i-0123456789abcdef0 --yes", "Ends it without asking."),
        ],
        "instance:inventory" =>
        [
            new("package instance:inventory --list", "All nodes, for Ansible."),
            new("ansible-playbook -i inventory.sh site.yml", "Where inventory.sh runs package instance:inventory \"$@\"."),
        ],
        "freeze" =>
        [
            new("package freeze on --why \"Black Friday\" -e production", "Refuses changes of production."),
            new("package freeze status -e production", "Whether, since when and why."),
            new("package freeze off -e production", "Lifts it."),
        ],
        "change:list" =>
        [
            new("package change:list", "The newest changes of fleets, nodes and environments."),
            new("package change:list www --json", "Those of one group, for a script."),
        ],
        "change:show" =>
        [
            new("package change:show 20261128-101500-a1b2c3", "Who, from what to what, health, requests, leftovers."),
            new("package change:show 20261128-101500-a1b2c3 --json", "The same for a script."),
        ],
        "config:set" =>
        [
            new("package config:set www LOG_LEVEL=info", "A variable of www's nodes."),
            new("package config:set www DB_PASSWORD --secret", "Asks for the value, and encrypts it."),
        ],
        "config:unset" =>
        [
            new("package config:unset www LOG_LEVEL", "Removes it, with its history."),
            new("package config:unset www LOG_LEVEL --dry-run", "What would go."),
        ],
        "config:import" =>
        [
            new("package config:import www production.env", "A KEY=VALUE a line."),
            new("printenv | package config:import www -", "From standard input."),
        ],
        "config:edit" =>
        [
            new("package config:edit www", "In your editor; what was changed is shown before it is set."),
            new("EDITOR=nano package config:edit www", "In another."),
        ],
        "config:list" =>
        [
            new("package config:list www", "The variables, secrets as asterisks."),
            new("package config:list --json", "Those of all groups, for a script."),
        ],
        "config:history" =>
        [
            new("package config:history www", "Who changed what when."),
            new("package config:history www LOG_LEVEL", "The same of one variable."),
        ],
        "config:push" =>
        [
            new("package config:push www", "The nodes take their variables now."),
            new("package config:push www --drain", "One at a time, out of the balancer meanwhile."),
        ],
        "service:graph" =>
        [
            new("package service:graph", "Who provides what to whom."),
            new("package service:graph --format dot | dot -Tsvg > services.svg", "As a picture."),
        ],
        "service:list" =>
        [
            new("package service:list", "What nodes have announced, and how each is."),
            new("package service:list api --json", "One service, for a script."),
        ],
        "service:show" =>
        [
            new("package service:show api", "Who provides it, who needs it, where it is."),
            new("package service:show api --json", "The same for a script."),
        ],
        "service:watch" =>
        [
            new("package service:watch", "A line for each change, until Ctrl-C."),
            new("package service:watch api --json", "Those of one service, an object a line."),
        ],
        "service:drift" =>
        [
            new("package service:drift", "Where manifest, cookbooks and catalogue differ."),
            new("package service:drift www --json", "Of one group, for a script."),
        ],
        "service:decommission" =>
        [
            new("package service:decommission api", "Withdraws it everywhere, and removes what dead nodes left."),
            new("package service:decommission api --node i-0123456789abcdef0", "On one node."),
        ],
        "console" =>
        [
            new("package console", "Prints an address with a token, for a browser of this machine."),
            new("package console --port 8090 -e production", "At a port, for one environment."),
        ],
        "version" =>
        [
            new("package version", "For a report of a fault."),
            new("package version --json", "The same for a script."),
        ],
        "doctor" =>
        [
            new("package doctor", "What commands need, each with a remedy where it is missing."),
            new("package doctor --cloud local", "What the local cloud needs of this machine."),
        ],
        "help" =>
        [
            new("package help autoscale:update", "The same as package autoscale:update --help."),
            new("package help --format man packer:run | man -l -", "As a manual page."),
        ],
        "completion" =>
        [
            new("eval \"$(package completion bash)\"", "In ~/.bashrc."),
            new("source <(package completion zsh)", "In ~/.zshrc, after compinit."),
            new("package completion fish | source", "In ~/.config/fish/config.fish."),
        ],
        "iam:policy" =>
        [
            new("package iam:policy", "What somebody needs who may do everything."),
            new("package iam:policy packer:run packer:clean --account 123456789012", "What a CI job needs that bakes."),
            new("package iam:policy autoscale:update -e staging", "Updates in one environment."),
        ],
        "self:install" =>
        [
            new("package self:install", "~/.local/bin/package, the native program."),
            new("package self:install --prefix /usr/local --dry-run", "What would be done for all users."),
        ],
        _ => [],
    };
}
