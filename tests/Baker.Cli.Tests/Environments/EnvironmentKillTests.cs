using System.Collections.Concurrent;
using System.Globalization;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Environments;

/// <summary>
/// A <c>package</c> process gets SIGKILL as each step of an environment's change begins, or is asked to stop, and the same command goes
/// on: what is there then is what is there of an environment whose commands nobody ended. The cases share one served cloud, on which
/// nothing executes.
/// </summary>
public sealed class EnvironmentKillTests
{
    private const int CreateSteps = 27;
    private const int UpdateSteps = 28;
    private const int DeleteSteps = 16;
    private const int MostSteps = UpdateSteps;

    private static readonly string[] s_names = [.. Enumerable.Range(1, MostSteps + 12).Select(number => string.Create(CultureInfo.InvariantCulture, $"k{number:00}"))];
    private static readonly ConcurrentQueue<string> s_free = new(s_names);
    private static FleetProject s_fleet = null!;
    private static string s_created = "";
    private static string s_updated = "";

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        s_fleet = await EnvironmentStage.ServeAsync(s_names);
        s_fleet.Project.Write("later.json", EnvironmentStage.Later(s_fleet.Project.Read("nodes.json")));

        // The images are the account's: baked once, all environments have them. Nobody ends these commands but as they bake.
        var whole = Next();
        await EndAsync(process => process.Kill(), "bake the image", Create(whole));
        await s_fleet.HereAsync(ExitCode.Done, Create(whole));
        s_created = await s_fleet.DescribeAsync(whole);
        await EndAsync(process => process.Kill(), "bake the image", Update(whole));
        await s_fleet.HereAsync(ExitCode.Done, Update(whole));
        s_updated = await s_fleet.DescribeAsync(whole);
    }

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Steps_AreThoseThatTheSweepEnds()
    {
        var environment = Next();
        var create = await CountAsync(Create(environment));
        await s_fleet.HereAsync(ExitCode.Done, Create(environment));
        var update = await CountAsync(Update(environment));
        await s_fleet.HereAsync(ExitCode.Done, Update(environment));
        Assert.That((create, update, await CountAsync(["environment:delete", environment])), Is.EqualTo((CreateSteps, UpdateSteps, DeleteSteps)));
    }

    /// <summary>An environment that is killed once as it is made, once as it is changed and once as it goes, each time at another step.</summary>
    [Test]
    public async Task Life_KilledAtEveryStep_GoesOnAndEndsTheSame([Range(1, MostSteps)] int step)
    {
        var environment = Next();
        await KillAsync(step, CreateSteps, Create(environment));
        await s_fleet.HereAsync(ExitCode.Done, Create(environment));
        await IsAsync(environment, s_created);

        await KillAsync(step, UpdateSteps, Update(environment));
        await s_fleet.HereAsync(ExitCode.Done, Update(environment));
        await IsAsync(environment, s_updated, "--manifest", "later.json");

        if (step > DeleteSteps)
        {
            return;
        }

        await KillAsync(step, DeleteSteps, Delete(environment));
        await s_fleet.HereAsync(ExitCode.Done, Delete(environment));
        Assert.That(await s_fleet.OfAsync(environment), Is.Empty);
    }

    // Each step waits, or one that waits comes after it: what is asked to stop cannot be at its end before it is told.
    [TestCase(2, "allow tcp 80", "change balancer", "delete alarm")]
    [TestCase(15, "create application balancer", "create topic", "delete the fleet www")]
    [TestCase(2, "run the fleet www", "update the fleet db", "delete the fleet api")]
    [TestCase(15, "run the fleet api", "change the rule 10", "delete alarm")]
    [TestCase(2, "create the rule 20", "no longer allow", "delete the fleet www")]
    public async Task Life_AskedToStop_EndsSoonSaysHowFarItIsAndGoesOn(int signal, string create, string update, string delete)
    {
        var environment = Next();
        await StopAsync(signal, create, Create(environment));
        await s_fleet.HereAsync(ExitCode.Done, Create(environment));
        await IsAsync(environment, s_created);

        await StopAsync(signal, update, Update(environment));
        await s_fleet.HereAsync(ExitCode.Done, Update(environment));
        await IsAsync(environment, s_updated, "--manifest", "later.json");

        await StopAsync(signal, delete, Delete(environment));
        await s_fleet.HereAsync(ExitCode.Done, Delete(environment));
        Assert.That(await s_fleet.OfAsync(environment), Is.Empty);
    }

    /// <summary>Inside the step that runs a fleet, which has steps and a journal of its own.</summary>
    [Test]
    public async Task RunFleet_KilledAtEachOfItsOwnSteps_GoesOnAndEndsTheSame([Range(1, 5)] int step)
    {
        var environment = Next();
        var seen = 0;
        await EndAsync(process => process.Kill(), line => line.StartsWith("  api: ", StringComparison.Ordinal) && ++seen == step, Create(environment));
        await s_fleet.HereAsync(ExitCode.Done, Create(environment));
        await IsAsync(environment, s_created);
    }

    private static string[] Create(string environment) => ["environment:create", environment];

    private static string[] Update(string environment) => ["environment:update", environment, "--manifest", "later.json"];

    private static string[] Delete(string environment) => ["environment:delete", environment, "--yes", environment];

    private static string Next() => s_free.TryDequeue(out var name) ? name : throw new InvalidOperationException("there are more cases than environments");

    private static async Task<int> CountAsync(string[] arguments) =>
        (await s_fleet.HereAsync(ExitCode.Changes, [.. arguments, "--dry-run"])).Out.Count(letter => letter == '\n');

    private static async Task IsAsync(string environment, string whole, params string[] options)
    {
        var plan = await s_fleet.HereAsync(ExitCode.Done, ["environment:plan", environment, .. options]);
        Assert.That(plan.Out, Is.EqualTo($"{environment} is as the manifest has it.\n"));
        Assert.That(await s_fleet.DescribeAsync(environment), Is.EqualTo(whole));
    }

    /// <summary>Kills a command as its step begins, if it has so many.</summary>
    private static async Task KillAsync(int step, int count, string[] arguments)
    {
        if (step <= count)
        {
            await EndAsync(process => process.Kill(), string.Create(CultureInfo.InvariantCulture, $"{step,3}. "), arguments);
        }
    }

    private static async Task StopAsync(int signal, string text, string[] arguments)
    {
        var run = await EndAsync(process => process.Signal(signal), text, arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Error);
        Assert.That(run.Error, Does.Match("Stopped in step [0-9]+ of [0-9]+\\. The same command goes on from here\\.\n"));
    }

    private static Task<ProgramRun> EndAsync(Action<PackageProcess> end, string text, string[] arguments) =>
        EndAsync(end, line => line.Contains(text, StringComparison.Ordinal), arguments);

    private static async Task<ProgramRun> EndAsync(Action<PackageProcess> end, Func<string, bool> at, string[] arguments)
    {
        var isEnded = false;
        using var process = new PackageProcess(s_fleet.Project, arguments, (self, line) =>
        {
            if (!isEnded && at(line))
            {
                isEnded = true;
                end(self);
            }
        });
        var run = await process.EndAsync();
        Assert.That(isEnded, $"the step was never seen in:\n{run.Error}");
        return run;
    }
}
