using System.Diagnostics;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cli.Clouds;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.LocalCloud;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;

namespace Baker.Cli.Tests.Bakes;

/// <summary>An interrupt while the cloud is slow or refuses every call: the bake ends within half a minute, and says what it had to leave.</summary>
internal sealed class BakeInterruptTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private BakeStage _stage = null!;
    private LocalCloud.LocalCloud _cloud = null!;

    [SetUp]
    public async Task SetStage()
    {
        _stage = new BakeStage(""" "www": {"description": "d", "provision": ["scripts/www.sh"]} """);
        _stage.Project.Write("scripts/www.sh", "echo at work; sleep 300\n");
        await Sandboxes.RequireAsync();
    }

    private async Task ServeAsync(string delays = "")
    {
        var options = new LocalCloudOptions
        {
            StateFolder = _stage.Project.PathOf(".package"),
            Delays = new Delays { Scale = 0.1 }.With(delays),
            Named = new() { BaseImages = [new BaseImage { Region = "us-east-1", ImageId = "ami-1ebb2077" }] },
        };
        _cloud = await LocalCloud.LocalCloud.OpenAsync(options, CancellationToken.None);
        LocalServer.At(_cloud.Listen(), _cloud.Key, TimeProvider.System).Write(_stage.Project.PathOf(".package"));
    }

    [TearDown]
    public async Task Strike()
    {
        await _cloud.DisposeAsync();
        _stage.Dispose();
    }

    [Test]
    public async Task Interrupt_CallsRefusedForAWhile_CleansUpInTime()
    {
        await ServeAsync();
        var (run, took) = await InterruptAsync("throttle=6");

        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        Assert.That(run.Out, Does.Not.Contain("STILL THERE"));
        Assert.That((await LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Interrupt_CallsRefusedForEver_EndsInTimeAndSaysWhatIsLeft()
    {
        await ServeAsync();
        var (run, took) = await InterruptAsync("throttle=600");
        var litter = (await LookAsync()).Litter;

        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        var instance = litter.Single(line => line.StartsWith("instance ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.That(run.Out, Does.Contain("STILL THERE").And.Match($@" aws ec2 terminate-instances --instance-ids {instance} --region us-east-1\)\n"));
    }

    [Test]
    public async Task Interrupt_InstanceTakesLongToGo_IsNotSaidToBeLeft()
    {
        await ServeAsync("terminated=600");

        var (run, took) = await InterruptAsync("");

        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        Assert.That(run.Out, Does.Not.Contain("STILL THERE"));
        Assert.That(run.Error, Does.Match("instance i-[0-9a-f]+ is shutting down"));
        Assert.That((await LookAsync()).Litter, Has.One.Match("^instance i-[0-9a-f]+ shutting-down$"));
    }

    [Test]
    public async Task Interrupt_ImagePending_TheInstanceIsGoneAlreadyAndTheImageGoesToo()
    {
        await ServeAsync("available=600");
        _stage.Project.Write("scripts/www.sh", "true\n");
        IReadOnlyList<Image> pending = [];

        var (run, took) = await InterruptAsync("", async () =>
        {
            var remains = await LookAsync();
            pending = remains.Images;
            return pending.Count > 0 && !remains.Litter.Any(line => line.StartsWith("instance ", StringComparison.Ordinal) || line.StartsWith("volume ", StringComparison.Ordinal));
        });
        var after = await LookAsync();

        Assert.That(pending.Select(image => image.State.Value), Is.EqualTo(new[] { "pending" }));
        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        Assert.That(run.Out, Does.Not.Contain("STILL THERE"));
        Assert.That(after.Litter, Is.Empty);
        Assert.That(after.Images, Is.Empty);
        Assert.That(after.Snapshots, Is.Empty);
    }

    private Task<(ProgramRun Run, TimeSpan Took)> InterruptAsync(string fault) =>
        InterruptAsync(fault, async () => (await ReadLogAsync()).Contains("provision", StringComparison.Ordinal));

    private async Task<(ProgramRun Run, TimeSpan Took)> InterruptAsync(string fault, Func<Task<bool>> when)
    {
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => RunAsync(stop.Token)); // the command line runs its command to the end before it returns
        while (!await when())
        {
            if (running.IsCompleted)
            {
                Assert.Fail($"it ended before it could be interrupted: {await running}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        _cloud.UseFaults(FaultPlan.Parse(fault));
        var began = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        var run = await running;
        var took = Stopwatch.GetElapsedTime(began);
        _cloud.UseFaults(new FaultPlan());
        return (run, took);
    }

    private async Task<ProgramRun> RunAsync(CancellationToken stop)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var session = new Session(new Terminal { Out = output, Error = error }, _stage.Project.Folder, new(() => _stage.Project.Environment), TimeProvider.System, stop);
        var code = await Program.RunAsync(session, ["packer:run"]);
        return new ProgramRun(code, output.ToString(), error.ToString());
    }

    private string LogFile => _stage.Project.PathOf(".package/logs/www.log");

    private async Task<string> ReadLogAsync()
    {
        if (!File.Exists(LogFile))
        {
            return "";
        }

        using var log = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await log.ReadToEndAsync();
    }

    private async Task<Remains> LookAsync()
    {
        using var handler = _cloud.CreateHandler();
        var connection = new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = _cloud.Listen(), Handler = handler };
        using var clients = new CloudClients(connection, "us-east-1");
        return await Remains.OfAsync(clients);
    }
}
