using System.Diagnostics;
using Amazon.Runtime;
using Baker.Cloud;
using Baker.Core;
using Baker.LocalCloud;
using Baker.LocalCloud.Faults;

namespace Baker.Cli.Tests.Bakes;

/// <summary>An interrupt while the account refuses every call: the bake ends within half a minute, and says what it had to leave.</summary>
internal sealed class BakeInterruptTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    private BakeStage _stage = null!;
    private LocalCloud.LocalCloud _cloud = null!;

    [SetUp]
    public async Task ServeStage()
    {
        _stage = new BakeStage(""" "www": {"description": "d", "provision": ["scripts/www.sh"]} """);
        _stage.Project.Write("scripts/www.sh", "echo at work; sleep 300\n");
        await BakeStage.RequireSandboxesAsync();
        var options = new LocalCloudOptions
        {
            StateFolder = _stage.Project.PathOf(".package"),
            Delays = new Delays { Scale = 0.1 },
            BaseImages = [new BaseImage { Region = "us-east-1", ImageId = "ami-1ebb2077" }],
        };
        _cloud = await LocalCloud.LocalCloud.OpenAsync(options, CancellationToken.None);
        new LocalServer(_cloud.Listen(), Environment.ProcessId).Write(_stage.Project.PathOf(".package"));
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
        var (run, took) = await InterruptAsync("throttle=6");

        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        Assert.That(run.Out, Does.Not.Contain("STILL THERE"));
        Assert.That((await LookAsync()).Litter, Is.Empty);
    }

    [Test]
    public async Task Interrupt_CallsRefusedForEver_EndsInTimeAndSaysWhatIsLeft()
    {
        var (run, took) = await InterruptAsync("throttle=600");
        var litter = (await LookAsync()).Litter;

        Assert.That(took, Is.LessThan(s_bound));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted), run.Out + run.Error);
        var instance = litter.Single(line => line.StartsWith("instance ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.That(run.Out, Does.Contain("STILL THERE").And.Contain($"aws ec2 terminate-instances --region us-east-1 --instance-ids {instance}"));
    }

    private async Task<(ProgramRun Run, TimeSpan Took)> InterruptAsync(string fault)
    {
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => RunAsync(stop.Token)); // the command line runs its command to the end before it returns
        while (!(await ReadLogAsync()).Contains("provision", StringComparison.Ordinal))
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
        var connection = new CloudConnection { Name = "local", Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = _cloud.Listen(), Handler = handler };
        using var clients = new CloudClients(connection, "us-east-1");
        return await Remains.OfAsync(clients);
    }
}
