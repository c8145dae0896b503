using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Baker.Cli.Tests.Fleets;
using Baker.Core;

namespace Baker.Cli.Tests.Environments;

/// <summary>
/// A <c>package</c> process gets SIGKILL as each step of an environment's change begins, and the same command goes on: what is
/// there then is what is there without a kill. The cases share one served cloud, on which nothing executes.
/// </summary>
public sealed class EnvironmentKillTests
{
    private static readonly string[] s_names = [.. Enumerable.Range(1, 70).Select(number => string.Create(CultureInfo.InvariantCulture, $"e{number:00}"))];
    private static readonly ConcurrentQueue<string> s_free = new(s_names);
    private static FleetProject s_fleet = null!;

    [OneTimeSetUp]
    public static async Task ServeAsync()
    {
        s_fleet = await EnvironmentStage.ServeAsync(s_names);

        // The images are the account's: baked once, all environments have them.
        s_free.TryDequeue(out var first);
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", first!);
    }

    [OneTimeTearDown]
    public static async Task EndAsync() => await s_fleet.DisposeAsync();

    [Test]
    public async Task Create_KilledAtEveryStep_GoesOnAndEndsTheSame([Range(1, 40)] int step)
    {
        var environment = Next();
        await KillAsync(step, ["environment:create", environment]);
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", environment);
        await IsWholeAsync(environment);
    }

    [Test]
    public async Task Update_KilledAtEveryStep_GoesOnAndEndsTheSame([Range(1, 4)] int step)
    {
        var environment = Next();
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", environment);
        await s_fleet.HereAsync(ExitCode.Done, "autoscale:update", "db", "-e", environment, "--image", "ami-22222222");
        await s_fleet.DriftAsync(environment);
        await KillAsync(step, ["environment:update", environment]);
        await s_fleet.HereAsync(ExitCode.Done, "environment:update", environment);
        await IsWholeAsync(environment);
    }

    [Test]
    public async Task Delete_KilledAtEveryStep_LeavesNothing([Range(1, 18)] int step)
    {
        var environment = Next();
        await s_fleet.HereAsync(ExitCode.Done, "environment:create", environment);
        await KillAsync(step, ["environment:delete", environment, "--yes", environment]);
        await s_fleet.HereAsync(ExitCode.Done, "environment:delete", environment, "--yes", environment);
        Assert.That(await s_fleet.OfAsync(environment), Is.Empty);
    }

    private static string Next() => s_free.TryDequeue(out var name) ? name : throw new InvalidOperationException("there are more cases than environments");

    private static async Task IsWholeAsync(string environment)
    {
        var plan = await s_fleet.HereAsync(ExitCode.Done, "environment:plan", environment);
        Assert.That(plan.Out, Is.EqualTo($"{environment} is as the manifest has it.\n"));
        Assert.That(await NamesAsync(environment), Is.EquivalentTo(await NamesAsync(s_names[0])));
    }

    /// <summary>What there is, without what is another each time: ids, and how often a fleet was updated.</summary>
    private static async Task<IEnumerable<string>> NamesAsync(string environment) => (await s_fleet.OfAsync(environment))
        .Where(each => !each.StartsWith("instance", StringComparison.Ordinal))
        .Select(each => each.StartsWith("alarm TargetTracking", StringComparison.Ordinal) ? each[..^Guid.Empty.ToString().Length] : each)
        .Select(each => Regex.Replace(each.Replace(environment, "e", StringComparison.Ordinal), "-v00[0-9]", "-v"));

    private static async Task KillAsync(int step, string[] arguments)
    {
        var isKilled = false;
        using var process = new PackageProcess(s_fleet.Project, arguments, (self, line) =>
        {
            if (!isKilled && line.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{step,3}. "), StringComparison.Ordinal))
            {
                isKilled = true;
                self.Kill();
            }
        });
        await process.EndAsync();
    }
}
