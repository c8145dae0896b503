using System.Collections.Immutable;
using Baker.Core.Manifest;
using Baker.Core.Merging;
using Baker.Core.Planning;
using Baker.Core.Resources;
using Baker.Core.Tests.Manifest;
using Newtonsoft.Json.Linq;

namespace Baker.Core.Tests.Resources;

public sealed class EnvironmentPlanTests
{
    [TestCase(null)]
    [TestCase("staging")]
    public void Apply_NothingThere_MakesEachAfterWhatItNeeds(string? environment)
    {
        var cloud = new Cloud(environment);
        cloud.Carry(cloud.Plan());
        Assert.That(cloud.Plan(), Is.Empty);
    }

    [Test]
    public void Apply_EndedAfterAnyStep_GoesOnAndEndsTheSame()
    {
        var whole = new Cloud(null);
        var steps = whole.Plan();
        whole.Carry(steps);
        for (var count = 0; count < steps.Length; count++)
        {
            var cloud = new Cloud(null);
            cloud.Carry(steps.Take(count));
            cloud.Carry(cloud.Plan());
            Assert.That(cloud.Resources.Select(each => each.Key), Is.EquivalentTo(whole.Resources.Select(each => each.Key)));
            Assert.That(cloud.Plan(), Is.Empty);
        }
    }

    [Test]
    public void Named_OfGroups_AreTheSecurityGroupsThatTheManifestDoesNotMake()
    {
        var resources = MergedResources.Of(new ReadManifest(Manifests.Whole).Manifest, environment: null);
        var group = new NodeGroup { Name = GroupName.Parse("api"), Attributes = [], SecurityGroups = ["web", "office", "sg-0123456789abcdef0"] };

        Assert.That(NamedResource.Of(resources, [group]).Where(each => each.Place == "api").Select(each => (each.Kind, each.Id)), Is.EqualTo(new[]
        {
            (NamedKind.SecurityGroupName, "office"), (NamedKind.SecurityGroup, "sg-0123456789abcdef0"),
        }));
    }

    [Test]
    public void Apply_Waves_FollowAfter()
    {
        var fleets = new Cloud(null).Plan().OfType<EnvironmentStep.RunFleet>().Select(step => (step.Group.ToString(), step.Wave));
        Assert.That(fleets, Is.EqualTo(new[] { ("db", 0), ("www", 1), ("api", 2) }));
    }

    [Test]
    public void Apply_AlarmsAndFleets_ComeAfterWhatTheyStandOn()
    {
        var keys = new Cloud(null).Plan().Select(step => step.Key).Distinct().ToList();
        Assert.That(keys, Is.EqualTo(new[]
        {
            "create-security-group", "create-security-group-rule", "create-topic", "create-subscription", "create-balancer",
            "create-target-group", "create-listener", "create-listener-rule", "bake", "run-fleet", "create-policy", "create-schedule",
            "create-warm-pool", "create-alarm",
        }));
    }

    [TestCase("0 8 * * FRI-SUN", "0 8 * * 5-7")]
    [TestCase("0 8 1 JAN-MAR MON,sat-sun,2-Sun/2", "0 8 1 JAN-MAR MON,6-7,2-7/2")]
    [TestCase("0 8 * * MON-FRI", "0 8 * * MON-FRI")]
    [TestCase("0 8 * * 5-7", "0 8 * * 5-7")]
    [TestCase("0 8 * * */7", "0 8 * * */7")]
    public void Desired_RecurrenceUntilSunday_IsWrittenAsAnyCronReadsIt(string recurrence, string written)
    {
        var cloud = new Cloud(null, "{'a': {'autoscale': {'schedules': {'s': {'recurrence': '" + recurrence + "', 'min': 1}}}}}");
        cloud.Carry(cloud.Plan());
        Assert.That(cloud.Resources.Single(each => each.Kind == ResourceKind.Schedule).Values["recurrence"], Is.EqualTo(written));
    }

    /// <summary>Whatever need not stand there may be <c>null</c>, and is then as if it were not there.</summary>
    [Test]
    public void Desired_AttributeIsNull_IsAsIfItWereNotThere()
    {
        var whole = JObject.Parse(Manifests.Whole);
        foreach (var (path, name) in new[]
        {
            ("__topics__.ops.subscriptions[1]", "email"), ("__balancers__.www.listeners[0]", "fixed"), ("__balancers__.www", "targets"),
            ("__balancers__.lan.listeners[0]", "policy"), ("__balancers__.www.stickiness", "duration"), ("__balancers__.www.alarms.errors", "actions"),
            ("www.alarms.busy", "actions"), ("__security_groups__.web.inbound[3]", "port"), ("__security_groups__.lb", "description"),
        })
        {
            var (without, none) = ((JObject)whole.DeepClone(), (JObject)whole.DeepClone());
            ((JObject)without.SelectToken(path)!).Remove(name);
            none.SelectToken(path)![name] = JValue.CreateNull();
            var (expected, cloud) = (new Cloud(null, without.ToString()), new Cloud(null, none.ToString()));
            expected.Carry(expected.Plan());
            cloud.Carry(cloud.Plan());
            Assert.That(cloud.Resources.Select(Words), Is.EquivalentTo(expected.Resources.Select(Words)), $"{path}.{name}");
        }

        static string Words(Resource resource) => $"{resource.Key} {resource.Name} {string.Join(' ', resource.Values)} {string.Join(' ', resource.Fixed)}";
    }

    [TestCase("https://ops:geheim@example.com/hook", "https://ops:****@example.com/hook")]
    [TestCase("https://ops:geh:eim@example.com", "https://ops:****@example.com")]
    [TestCase("https://ops@example.com/a:b@c", "https://ops@example.com/a:b@c")]
    [TestCase("https://example.com:8443/hook", "https://example.com:8443/hook")]
    public void Desired_SubscriptionWithAPassword_IsCalledAsSnsShowsIt(string endpoint, string shown)
    {
        var cloud = new Cloud(null, "{'__topics__': {'t': {'subscriptions': [{'https': '" + endpoint + "'}]}}}");
        var step = (EnvironmentStep.Create)cloud.Plan()[1];
        Assert.That(step.Resource.Key, Is.EqualTo("t/https/" + shown));
        Assert.That(step.Text, Is.EqualTo($"create the https subscription of {shown} to t"));
        Assert.That(step.Resource["endpoint"], Is.EqualTo(endpoint), "what SNS is told");
    }

    [Test]
    public void Apply_RuleIsGone_IsRemovedBeforeTheFleetsAreTouched()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var next = new Cloud(null, Manifests.Whole.Replace("\"pl-0123456789abcdef0\"", "\"10.9.0.0/16\"", StringComparison.Ordinal));
        next.Take(cloud);
        Assert.That(next.Plan().Select(step => step.Text), Is.EqualTo(new[]
        {
            "allow tcp 22 from 10.9.0.0/16 to web",
            "no longer allow tcp 22 from pl-0123456789abcdef0 to web",
        }));
    }

    [Test]
    public void Apply_ValuesDiffer_AreNamed()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var next = new Cloud(null, Manifests.Whole
            .Replace("\"threshold\": 40,", "\"threshold\": 60,", StringComparison.Ordinal)
            .Replace("\"/api\"", "\"/healthz\"", StringComparison.Ordinal)
            .Replace("\"deregistration_delay\": 30", "\"deregistration_delay\": 60", StringComparison.Ordinal));
        next.Take(cloud);
        Assert.That(next.Plan().Select(step => step.Text), Is.EqualTo(new[]
        {
            "change target group www: deregistration_delay.timeout_seconds 30 -> 60",
            "change target group www-api: deregistration_delay.timeout_seconds 30 -> 60; health_check.path /api -> /healthz",
            "change alarm baker:www-v001/busy: threshold 40 -> 60",
        }));
    }

    [Test]
    public void Apply_WhatCannotBeChanged_IsRefused()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var next = new Cloud(null, Manifests.Whole
            .Replace("\"scheme\": \"internal\"", "\"scheme\": \"public\"", StringComparison.Ordinal)
            .Replace("\"port\": 8000,", "\"port\": 8001,", StringComparison.Ordinal));
        next.Take(cloud);
        var refused = Assert.Throws<BakerException>(() => next.Plan());
        Assert.That(refused!.Message, Does.Contain("balancer lan: scheme internal -> public").And.Contain("target group www: port 8000 -> 8001"));
    }

    [Test]
    public void Apply_Update_FollowsImages()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        cloud.Image = "ami-2";
        Assert.That(cloud.Plan(), Is.Empty);
        Assert.That(cloud.Plan(updates: true).Select(step => step.Text), Is.EqualTo(new[]
        {
            "update the fleet db: ami-1 -> ami-2", "update the fleet www: ami-1 -> ami-2", "update the fleet api: ami-1 -> ami-2",
        }));
    }

    [TestCase(1, 3, "", "")]
    [TestCase(0, 3, "", "change the fleet www: node_min 0 -> 1")]
    [TestCase(2, 9, "", "change the fleet www: node_min 2 -> 1; node_max 9 -> 3")]
    [TestCase(2, 9, "scheduled", "")]
    [TestCase(4, 9, "scheduled", "change the fleet www: node_min 4 -> 1")]
    [TestCase(0, 3, "held", "")]
    [TestCase(0, 3, "pending", "update the fleet www: an update is under way, and goes on")]
    [TestCase(1, 3, "tags", "change the fleet www: tag owner nobody -> ops; tag team none -> web")]
    public void Apply_SizeOrTagsOfAFleetDiffer_ArePutBack(int min, int max, string how, string expected)
    {
        var www = GroupName.Parse("www");
        var wanted = new WantedFleet(www, "us-east-1")
        {
            Capacity = new Capacity(1, 3, 1),
            Scheduled = how == "scheduled" ? [(2, null), (null, 9)] : [],
            Tags = how == "tags" ? ImmutableDictionary<string, string>.Empty.Add("team", "web").Add("owner", "ops").Add("group", "www") : ImmutableDictionary<string, string>.Empty,
        };
        var found = new FoundFleet(www, "us-east-1")
        {
            Name = "www-v001",
            Capacity = new Capacity(min, max, 2),
            IsHeld = how == "held",
            Pending = how == "pending" ? FleetAction.Update : null,
            Tags = ImmutableDictionary<string, string>.Empty.Add("owner", "nobody").Add("group", "www").Add("others", "stay"),
        };

        var steps = EnvironmentPlan.Apply([], [wanted], new EnvironmentFacts { Fleets = [found] }, updates: false);

        Assert.That(string.Join("\n", steps.Select(step => step.Text)), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_AFleetIsGoneAndHasLeftSomething_ThatGoesBeforeItIsRunAnew()
    {
        var clear = new EnvironmentStep.Clear("www-v001", "us-east-1", HasTemplate: true, ["baker:www-v001/busy"]);
        var wanted = new WantedFleet(GroupName.Parse("www"), "us-east-1");
        var facts = new EnvironmentFacts { Remains = [clear] };

        Assert.That(EnvironmentPlan.Apply([], [wanted], facts, updates: false).Select(step => step.Text), Is.EqualTo(new[]
        {
            "delete what www-v001 has left, which is gone: its launch template and an alarm", "run the fleet www, and wait until it is healthy",
        }));
        Assert.That(EnvironmentPlan.Delete(facts, [wanted]), Is.EqualTo(new[] { clear }));
    }

    [Test]
    public void Apply_GroupIsInTheManifestNoMore_ItsFleetAndWhatItStandsOnStay()
    {
        var next = WithoutApi();
        Assert.That(next.Plan().Select(step => step.Text), Is.EquivalentTo(new[]
        {
            "delete alarm baker:balancer/-/www/api/hosts", "delete the rule 10 of www on port 443", "delete the rule 7 of shared on port 443",
        }));
        Assert.That(next.Spared(), Is.EquivalentTo(new[] { ("www-api", "api-v001"), ("shared-api", "api-v001") }));
    }

    [Test]
    public void Apply_GroupIsInTheManifestNoMoreAndFleetsMayGo_ItsFleetGoesBeforeWhatItStandsOn()
    {
        var next = WithoutApi();
        var keys = next.Plan(deletesFleets: true).Select(step => step.Key).ToList();
        Assert.That(keys, Is.EqualTo(new[]
        {
            "delete-fleet", "remove-alarm", "remove-listener-rule", "remove-listener-rule", "remove-target-group", "remove-target-group",
        }));
        Assert.That(next.Spared(deletesFleets: true), Is.Empty);
    }

    [Test]
    public void Apply_TopicThatTheAlarmsOfAFleetNameThatIsLeft_Stays()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var manifest = JObject.Parse(Manifests.Whole);
        foreach (var key in new[] { "www", "api", "__balancers__", "__topics__", "__security_groups__", "__environments__" })
        {
            manifest.Remove(key);
        }

        manifest["db"]!["balancer"]!.Parent!.Remove();
        var next = new Cloud(null, manifest.ToString());
        next.Take(cloud);
        Assert.That(next.Spared().Where(each => !each.Name.Contains(' ')), Is.EquivalentTo(new[]
        {
            ("www", "www-v001"), ("www-api", "api-v001"), ("shared-api", "api-v001"), ("ops", "www-v001"),
        }));
        Assert.That(next.Plan().Select(step => step.Text), Does.Contain("delete topic client").And.None.Contains("topic ops"));
    }

    [Test]
    public void Apply_SecurityGroupsThatInstancesHave_StayWithTheirRulesAndWhomThoseName()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var manifest = JObject.Parse(Manifests.Whole);
        manifest.Remove("__security_groups__");
        manifest["__balancers__"]!["www"]!["security_groups"]!.Parent!.Remove();
        var next = new Cloud(null, manifest.ToString());
        next.Take(cloud);
        Assert.That(next.Plan().Count(step => step.Key == "remove-security-group"), Is.EqualTo(2));

        next.Uses = [new SecurityGroupUse("arn:SecurityGroup/web", "i-1", null)];
        Assert.That(next.Plan().Select(step => step.Text), Is.Empty);
        Assert.That(next.Spared().Where(each => each.By.Length > 0), Is.EquivalentTo(new[] { ("web", "i-1"), ("lb", "web") }));

        next.Uses = [new SecurityGroupUse("arn:SecurityGroup/web", "i-1", "www-v001")];
        next.Image = "ami-2";
        Assert.That(next.Plan().Select(step => step.Text), Is.Empty);
        Assert.That(next.Plan(updates: true).Count(step => step.Key == "remove-security-group"), Is.EqualTo(2), "the update ends its instances");
    }

    [Test]
    public void Delete_Everything_TakesItDownFromTheTop()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var steps = cloud.Delete();
        cloud.Carry(steps);
        Assert.That((cloud.Resources, cloud.Fleets), Is.EqualTo((Array.Empty<Resource>(), Array.Empty<FoundFleet>())));
        Assert.That(steps.OfType<EnvironmentStep.DeleteFleet>().Select(step => step.Group.ToString()), Is.EqualTo(new[] { "api", "www", "db" }));
        var at = steps.Select((step, index) => (step.Key, index)).ToLookup(each => each.Key, each => each.index);
        Assert.That(at["remove-alarm"].Max(), Is.LessThan(at["delete-fleet"].Min()));
        Assert.That(at["delete-fleet"].Max(), Is.LessThan(at["remove-balancer"].Min()));
        Assert.That(at["remove-balancer"].Max(), Is.LessThan(at["remove-target-group"].Min()));
        Assert.That(at["remove-security-group-rule"].Max(), Is.LessThan(at["remove-security-group"].Min()));
    }

    [Test]
    public void Delete_EndedAfterAnyStep_GoesOn()
    {
        var whole = new Cloud(null);
        whole.Carry(whole.Plan());
        var steps = whole.Delete();
        for (var count = 0; count <= steps.Length; count++)
        {
            var cloud = new Cloud(null);
            cloud.Carry(cloud.Plan());
            cloud.Carry(steps.Take(count));
            cloud.Carry(cloud.Delete());
            Assert.That((cloud.Resources.Count, cloud.Fleets.Count), Is.EqualTo((0, 0)));
        }
    }

    /// <summary>A cloud on which a group's fleet runs, and the manifest without that group.</summary>
    private static Cloud WithoutApi()
    {
        var cloud = new Cloud(null);
        cloud.Carry(cloud.Plan());
        var manifest = JObject.Parse(Manifests.Whole);
        manifest.Remove("api");
        manifest.Remove("__environments__");
        var balancers = (JObject)manifest["__balancers__"]!;
        balancers.Remove("shared");
        balancers["www"]!["targets"]!.Parent!.Remove();
        balancers["www"]!["listeners"]![1]!["rules"]![0]!.Remove();
        var next = new Cloud(null, manifest.ToString());
        next.Take(cloud);
        return next;
    }

    /// <summary>A cloud that keeps what a plan's steps make, and refuses what names something that is not there.</summary>
    private sealed class Cloud
    {
        private readonly ImmutableArray<Resource> _desired;
        private readonly ImmutableArray<NodeGroup> _groups;
        private readonly MergedResources _resources;
        private ImmutableDictionary<string, string> _known = ImmutableDictionary<string, string>.Empty
            .Add("listener:shared/443", "arn:listener/shared/443");

        public Cloud(string? environment, string manifest = Manifests.Whole)
        {
            var read = new ReadManifest(manifest);
            var inside = read.Manifest.Environments.FirstOrDefault(each => each.Name == environment);
            _resources = MergedResources.Of(read.Manifest, inside);
            _groups =
            [
                .. read.Manifest.In(inside).Groups.Select(entry => NodeGroupBuilder.Build(
                    GroupReader.ReadOne(read.Manifest.In(inside), entry, new DiagnosticBag(read.Manifest.Source))!)),
            ];
            _desired = DesiredResources.Of(_resources, _groups);
        }

        public List<Resource> Resources { get; private set; } = [];

        public List<FoundFleet> Fleets { get; private set; } = [];

        public string Image { get; set; } = "ami-1";

        private ImmutableArray<WantedFleet> Wanted =>
        [
            .. _groups.Where(group => group.Autoscale is not null).Select(group => new WantedFleet(group.Name, group.Region)
            {
                After = group.After,
                Targets = DesiredResources.TargetsOf(group, _resources),
                Image = Fleets.Count == 0 ? null : Image,
                NeedsBake = Fleets.Count == 0,
            }),
        ];

        public ImmutableArray<SecurityGroupUse> Uses { get; set; } = [];

        private EnvironmentFacts Facts => new() { Resources = [.. Resources], Known = _known, Fleets = [.. Fleets], Uses = Uses };

        public ImmutableArray<EnvironmentStep> Plan(bool updates = false, bool deletesFleets = false) =>
            EnvironmentPlan.Apply(_desired, Wanted, Facts, updates, deletesFleets);

        public IEnumerable<(string Name, string By)> Spared(bool deletesFleets = false) =>
            EnvironmentPlan.Spared(_desired, Wanted, Facts, updates: false, deletesFleets).Select(each => (each.Resource.Name, each.By));

        public ImmutableArray<EnvironmentStep> Delete() => EnvironmentPlan.Delete(Facts, Wanted);

        public void Take(Cloud other) => (Resources, Fleets, _known) = (other.Resources, other.Fleets, other._known);

        public void Carry(IEnumerable<EnvironmentStep> steps)
        {
            foreach (var step in steps)
            {
                switch (step)
                {
                    case EnvironmentStep.Create(var resource):
                        Make(resource.Resolve(reference => _known.GetValueOrDefault(reference)));
                        break;
                    case EnvironmentStep.Remove(var resource):
                        Resources.RemoveAll(each => each == resource
                            || ($"{each.Parent}/".StartsWith(resource.Key + "/", StringComparison.Ordinal) && each.Kind is not (ResourceKind.Policy or ResourceKind.Alarm
                                or ResourceKind.Schedule or ResourceKind.WarmPool)));
                        break;
                    case EnvironmentStep.RunFleet(var group, _):
                        Fleets.Add(new FoundFleet(group, "eu-west-1")
                        {
                            Name = $"{group}-v001",
                            Image = Image,
                            TargetGroups =
                            [
                                .. Wanted.Single(each => each.Group == group).Targets
                                    .Select(target => Reference.Resolve(target, reference => _known[reference])),
                            ],
                        });
                        _known = _known.SetItem($"fleet:{group}", $"{group}-v001");
                        break;
                    case EnvironmentStep.DeleteFleet(var group, _, _):
                        Fleets.RemoveAll(fleet => fleet.Group == group);
                        Resources.RemoveAll(each => each.Kind >= ResourceKind.Policy && each.Parent == group.ToString());
                        break;
                }
            }
        }

        private void Make(Resource resource)
        {
            var values = resource.Values.Values.Concat(resource.Fixed.Values).Append(resource.Key).Append(resource.Name);
            Assert.That(values.Select(Reference.Unresolved), Has.All.Null, $"{resource.Kind} {resource.Key}");
            var id = $"arn:{resource.Kind}/{resource.Key}";
            Resources.Add(resource with
            {
                Id = id,
                IsInTheWay = resource.Kind == ResourceKind.SecurityGroupRule && resource["peer"].StartsWith("arn:", StringComparison.Ordinal),
            });
            _known = (resource.Kind switch
            {
                ResourceKind.SecurityGroup => _known.SetItem($"security_group:{resource.Key}", id),
                ResourceKind.Topic => _known.SetItem($"topic:{resource.Key}", id),
                ResourceKind.Balancer => _known.SetItem($"balancer:{resource.Key}", id).SetItem($"balancer_dimension:{resource.Key}", "app/x"),
                ResourceKind.TargetGroup => _known
                    .SetItem($"target_group:{resource.Key}", id)
                    .SetItem($"target_group_dimension:{resource.Key}", "targetgroup/x"),
                ResourceKind.Listener => _known.SetItem($"listener:{resource.Key}", id),
                ResourceKind.Policy => _known.SetItem($"policy:{resource.Key}", id),
                _ => _known,
            });
        }
    }
}
