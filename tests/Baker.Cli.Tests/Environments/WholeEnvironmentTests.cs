using System.Globalization;
using Amazon.CloudWatch.Model;
using Amazon.RDS.Model;
using Baker.Cli.Tests.Fleets;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Environments;

/// <summary>A whole environment, from nothing to nothing, with instances that run for real and requests that reach them.</summary>
[Platform("Linux")]
public sealed class WholeEnvironmentTests
{
    private static readonly string[] s_reads = ["Describe", "Get", "List", "Lookup", "Head"];

    [Test]
    public async Task Shop_MadeByOneCommand_AnswersGrowsTellsAndGoes()
    {
        await Sandboxes.RequireAsync();
        await using var fleet = await FleetProject.ServeAsync(ShopProject.Copy(Ports.Next(), Ports.Next()));
        var orders = await MakeOrdersAsync(fleet);
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };

        await fleet.DoAsync("environment:create", "staging");

        var made = (await fleet.OfAsync("staging")).ToLookup(each => each[..each.LastIndexOf(' ')]);
        Assert.That(
            new[] { "fleet", "balancer", "target group", "security group", "topic", "alarm" }.Select(kind => made[kind].Count()),
            Is.EqualTo(new[] { 3, 1, 2, 2, 1, 5 }));
        var shop = await AddressAsync(fleet);
        Assert.That(await http.GetStringAsync(shop), Is.EqualTo("shop: www\n"));
        Assert.That(await http.GetStringAsync(new Uri(shop, "api/orders")), Is.EqualTo($"shop: api, orders in {orders}\n"));
        using var confirmed = await http.GetAsync(await fleet.ConfirmationAsync());
        Assert.That(confirmed.IsSuccessStatusCode);

        using (var enough = new CancellationTokenSource())
        {
            // Several at once, so that the sandbox has its share also of a busy machine.
            var load = Enumerable.Range(0, 4).Select(_ => http.GetAsync(new Uri(shop, "work?seconds=170"), enough.Token)).ToList();
            await Wait.UntilAsync(async () => (await fleet.GroupsAsync("www"))[0].DesiredCapacity == 2, () => AlarmsAsync(fleet).Result);
            await Wait.UntilAsync(() => Task.FromResult(fleet.Mail().Contains("Subject: ALARM: \"baker:staging/www-v001/busy\"", StringComparison.Ordinal)));
            await enough.CancelAsync();
            await Task.WhenAll(load.Select(each => each.ContinueWith(_ => { }, TaskScheduler.Default)));
        }

        var activities = await fleet.Clients.AutoScaling.DescribeScalingActivitiesAsync(new() { AutoScalingGroupName = "staging/www-v001" });
        Assert.That(activities.Activities.Select(each => each.Cause), Has.Some.Contains("baker:staging/www-v001/busy"));

        var before = await ChangingCallsAsync(fleet);
        var again = await fleet.DoAsync("environment:create", "staging");
        var after = await ChangingCallsAsync(fleet);
        Assert.That(again.Out, Is.EqualTo("staging is as the manifest has it.\n"));
        Assert.That(after, Is.EqualTo(before), "no call that changes anything");

        await fleet.DoAsync("environment:delete", "staging", "--yes", "staging");

        Assert.That(await fleet.OfAsync("staging"), Is.Empty);
        await fleet.Clients.RDS.DeleteDBInstanceAsync(new DeleteDBInstanceRequest { DBInstanceIdentifier = "shop-orders", SkipFinalSnapshot = true });
        await Wait.UntilAsync(async () => await fleet.DatabaseAsync() is null, "the database to be gone");
        var left = (JObject)JObject.Parse((await fleet.DoAsync("local:status", "--json")).Out)["resources"]!;
        Assert.That(
            left.Properties().Where(each => (int)each.Value > 0).Select(each => each.Name),
            Is.SubsetOf(new[] { "images", "snapshots", "instances_terminated" }),
            "images are the account's");
    }

    /// <summary>The database that others have made, and that the environment's manifest says is there.</summary>
    private static async Task<string> MakeOrdersAsync(FleetProject fleet)
    {
        var project = fleet.Project;
        project.Write("nodes.json", project.Read("nodes.json").Replace("{\"host\": \"orders.internal\", \"port\": 5432}", "{\"rds\": \"shop-orders\"}", StringComparison.Ordinal));
        var made = await fleet.MakeDatabaseAsync("shop-orders", "postgres", Ports.Next());
        return string.Create(CultureInfo.InvariantCulture, $"{made.Endpoint.Address}:{made.Endpoint.Port}");
    }

    private static async Task<Uri> AddressAsync(FleetProject fleet)
    {
        var status = JObject.Parse((await fleet.DoAsync("environment:status", "staging", "--json")).Out);
        return new Uri((string)status["balancers"]![0]!["addresses"]![0]!);
    }

    /// <summary>How often each call was made that does more than look.</summary>
    private static async Task<Dictionary<string, int>> ChangingCallsAsync(FleetProject fleet)
    {
        var calls = (JObject)JObject.Parse((await fleet.DoAsync("local:status", "--json")).Out)["calls"]!;
        return calls.Properties()
            .Where(each => !s_reads.Any(read => each.Name[(each.Name.IndexOf(':') + 1)..].StartsWith(read, StringComparison.Ordinal)))
            .ToDictionary(each => each.Name, each => (int)each.Value["calls"]!);
    }

    private static async Task<string> AlarmsAsync(FleetProject fleet)
    {
        var alarms = await fleet.Clients.CloudWatch.DescribeAlarmsAsync(new DescribeAlarmsRequest());
        return string.Join('\n', alarms.MetricAlarms.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.AlarmName}: {each.StateValue} {each.StateReason}")));
    }
}
