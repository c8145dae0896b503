using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Amazon.S3.Model;
using Amazon.SimpleNotificationService.Model;
using Baker.Core;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Tests.Fleets;

/// <summary>Who is told of a change, when; and what becomes of one that nobody can be told of.</summary>
public sealed class NotificationTests
{
    private const string Image = "ami-1ebb2077";

    [Test]
    public async Task Webhook_OfAChange_IsToldOfItsBeginAndItsEnd()
    {
        await using var hook = new Hook();
        using var project = Project($"\"{hook.Address}secret-path\"");

        await DoAsync(project, "autoscale:run", "www", "--image", Image);
        await DoAsync(project, "autoscale:scale", "www", "2"); // it is so already: nothing begins, nobody is told

        var told = hook.Told.ToArray();
        Assert.That(told.Select(each => (string?)each["when"]), Is.EqualTo(new[] { "begin", "end" }));
        Assert.That(told.Select(each => ((string?)each["command"], (string?)each["subject"])), Is.All.EqualTo(("autoscale:run", "www")));
        Assert.That(told.Select(each => (string?)each["id"]).Distinct().Count(), Is.EqualTo(1));
        Assert.That((string?)told[0]["text"], Does.Match("^autoscale:run of www has begun, by .+@.+$"));
        Assert.That((string?)told[1]["text"], Does.Match("^autoscale:run of www is done after "));
        Assert.That((string?)told[1]["result"], Is.EqualTo("done"));
        Assert.That(File.Exists(project.PathOf($"changes/{(string?)told[1]["id"]}.json")), Is.True);
    }

    [Test]
    public async Task Webhook_OfAChangeThatFails_IsToldWhy()
    {
        await using var hook = new Hook();
        using var project = Project($"\"{hook.Address}\"");
        await DoAsync(project, "autoscale:run", "www", "--image", Image);
        project.Environment["BAKER_LOCAL_FAULTS"] = "refuse=CreateAutoScalingGroup:AccessDenied";

        var failed = await project.RunAsync("autoscale:update", "www", "--force", "--image", Image);

        Assert.That(failed.Code, Is.EqualTo(ExitCode.CloudFailed), failed.Error);
        var last = hook.Told.ToArray()[^1];
        Assert.That(((string?)last["when"], (string?)last["command"], (string?)last["result"]), Is.EqualTo(("failure", "autoscale:update", "failed")));
        Assert.That((string?)last["failure"], Is.Not.Empty.And.Not.Null);
        Assert.That((string?)last["text"], Does.Match("^autoscale:update of www is failed after [^:]+: "));
    }

    [TestCase("silent", "there was no answer within 4 s")]
    [TestCase("closed", "")]
    [TestCase("refusing", "it answered 500")]
    public async Task Webhook_ThatCannotBeReached_IsSaidAndFailsNothing(string kind, string words)
    {
        await using var hook = new Hook(kind);
        using var project = Project($"[\"{hook.Address}secret-path\"]");

        var run = await DoAsync(project, "autoscale:run", "www", "--image", Image);

        Assert.That(run.Error, Does.Contain($"{hook.Address.ToString().TrimEnd('/')} was not notified: {words}").And.Not.Contain("secret-path"));
    }

    [Test]
    public async Task Topic_OfAChange_IsToldAndTheBucketHasTheRecordWhole()
    {
        await using var hook = new Hook();
        await using var fleet = await FleetProject.ServeAsync(Project("\"arn:aws:sns:us-east-1:000000000000:deploys\"", ", \"bucket\": \"records\""), scale: 0.05);
        await fleet.Clients.S3.PutBucketAsync(new PutBucketRequest { BucketName = "records" });
        var topic = (await fleet.Clients.SNS.CreateTopicAsync(new CreateTopicRequest { Name = "deploys" })).TopicArn;
        await fleet.Clients.SNS.SubscribeAsync(new SubscribeRequest { TopicArn = topic, Protocol = "http", Endpoint = hook.Address.ToString() });
        fleet.Project.Write("nodes.json", fleet.Project.Read("nodes.json").Replace("arn:aws:sns:us-east-1:000000000000:deploys", topic, StringComparison.Ordinal));
        await Wait.UntilAsync(() => Task.FromResult(hook.Told.Any(each => (string?)each["Type"] == "SubscriptionConfirmation")), "the subscription");
        var token = (string)hook.Told.First(each => (string?)each["Type"] == "SubscriptionConfirmation")["Token"]!;
        await fleet.Clients.SNS.ConfirmSubscriptionAsync(new ConfirmSubscriptionRequest { TopicArn = topic, Token = token });

        await DoAsync(fleet.Project, "autoscale:run", "www", "--image", Image);
        await Wait.UntilAsync(() => Task.FromResult(Messages().Count == 2), "both messages");
        var id = (string)Messages()[0]["id"]!;
        var local = JObject.Parse(fleet.Project.Read($"changes/{id}.json"));
        Directory.Delete(fleet.Project.PathOf("changes"), recursive: true);
        var shown = JObject.Parse((await DoAsync(fleet.Project, "change:show", id, "--json")).Out);

        Assert.That(Messages().Select(each => (string?)each["when"]), Is.EquivalentTo(new[] { "begin", "end" }));
        Assert.That(shown["steps"]!.ToString(), Is.EqualTo(local["steps"]!.ToString()), "the parameter has less, the bucket all");
        Assert.That((await fleet.Clients.S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "records" })).S3Objects.Select(each => each.Key), Is.EqualTo(new[] { $"baker/changes/{id}.json" }));

        List<JObject> Messages() => [.. hook.Told.Where(each => (string?)each["Type"] == "Notification").Select(each => JObject.Parse((string)each["Message"]!))];
    }

    private static TestProject Project(string notifications, string settings = "")
    {
        var project = new TestProject($$"""
            {
              "__settings__": {"cloud": "local"{{settings}} },
              "__base__": {"instance_type": "m5.large", "source_ami": "{{Image}}", "notifications": {{notifications}} },
              "www": {"autoscale": {"node_min": 2, "node_max": 4, "timeout": 0} }
            }
            """);
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        return project;
    }

    private static async Task<ProgramRun> DoAsync(TestProject project, params string[] arguments)
    {
        var run = await project.RunAsync(arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), $"package {string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run;
    }

    /// <summary>A listener of this machine that answers 200, or as its kind has it.</summary>
    private sealed class Hook : IAsyncDisposable
    {
        private readonly HttpListener? _listener;
        private readonly TcpListener? _silent;
        private readonly Task _listening = Task.CompletedTask;

        public Hook(string kind = "")
        {
            var port = Ports.Next();
            Address = new Uri($"http://127.0.0.1:{port}/");
            if (kind == "silent")
            {
                _silent = new TcpListener(IPAddress.Loopback, port);
                _silent.Start();
            }
            else if (kind != "closed")
            {
                _listener = new HttpListener { Prefixes = { Address.ToString() } };
                _listener.Start();
                _listening = ListenAsync(_listener, kind == "refusing" ? 500 : 200);
            }
        }

        public Uri Address { get; }

        /// <summary>The bodies of what was sent.</summary>
        public ConcurrentQueue<JObject> Told { get; } = [];

        public async ValueTask DisposeAsync()
        {
            _silent?.Dispose();
            _listener?.Stop();
            await _listening;
        }

        private async Task ListenAsync(HttpListener listener, int status)
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    Told.Enqueue(JObject.Parse(await reader.ReadToEndAsync()));
                    context.Response.StatusCode = status;
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
