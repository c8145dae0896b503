using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Amazon.SimpleNotificationService.Model;
using Baker.LocalCloud.Serving;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Tests.Fleets;

/// <summary>SNS's topics, and what really reaches their endpoints.</summary>
internal sealed class TopicTests
{
    [Test]
    public async Task HttpEndpoint_IsAskedFirst_AndGetsWhatIsPublishedOnceItsLinkIsOpened()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await using var endpoint = new Endpoint();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;

        var subscribed = await cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "http", Endpoint = endpoint.Url });
        var asked = await endpoint.NextAsync("SubscriptionConfirmation");
        await cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "too early" });
        using var browser = new HttpClient();
        await browser.GetStringAsync(asked.GetProperty("SubscribeURL").GetString());
        var id = (await cloud.Topics.PublishAsync(new()
        {
            TopicArn = topic,
            Subject = "ALARM",
            Message = "it is \"late\"",
            MessageAttributes = new() { ["kind"] = new() { DataType = "String", StringValue = "test" } },
        })).MessageId;
        var told = await endpoint.NextAsync("Notification");

        Assert.That(subscribed.SubscriptionArn, Is.EqualTo("pending confirmation"));
        Assert.That(
            (told.GetProperty("MessageId").GetString(), told.GetProperty("TopicArn").GetString(), told.GetProperty("Subject").GetString(), told.GetProperty("Message").GetString(), told.GetProperty("MessageAttributes").GetProperty("kind").GetProperty("Value").GetString()),
            Is.EqualTo((id, topic, "ALARM", "it is \"late\"", "test")));
        var subscription = (await cloud.Topics.ListSubscriptionsByTopicAsync(new() { TopicArn = topic })).Subscriptions.Single();
        await browser.GetStringAsync(told.GetProperty("UnsubscribeURL").GetString());
        Assert.That(subscription.SubscriptionArn, Does.StartWith(topic + ":"));
        Assert.That((await cloud.Topics.GetTopicAttributesAsync(new() { TopicArn = topic })).Attributes["SubscriptionsDeleted"], Is.EqualTo("1"));
    }

    [Test]
    public async Task HttpEndpoint_WithAPassword_IsShownWithoutIt()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;
        const string endpoint = "https://ops:geheim@example.com/hook";
        var made = await cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "https", Endpoint = endpoint, ReturnSubscriptionArn = true });
        var again = await cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "https", Endpoint = endpoint, ReturnSubscriptionArn = true });

        var shown = (await cloud.Topics.ListSubscriptionsByTopicAsync(new() { TopicArn = topic })).Subscriptions.Single().Endpoint;
        var attributes = (await cloud.Topics.GetSubscriptionAttributesAsync(new() { SubscriptionArn = made.SubscriptionArn })).Attributes;
        Assert.That((shown, attributes["Endpoint"]), Is.EqualTo(("https://ops:****@example.com/hook", "https://ops:****@example.com/hook")));
        Assert.That(again.SubscriptionArn, Is.EqualTo(made.SubscriptionArn));
    }

    [Test]
    public async Task HttpEndpoint_ThatFailsTwice_GetsTheMessageAtTheThirdAttempt_AndTheNextOneAfterIt()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        await using var endpoint = new Endpoint();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;
        await SubscribeAsync(cloud, endpoint, topic, raw: true);
        endpoint.Failures = 2;

        await cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "one" });
        await cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "two" });

        await Wait.UntilAsync(() => Task.FromResult(endpoint.Raw.Count == 4), "four requests");
        Assert.That(endpoint.Raw, Is.EqualTo(new[] { "one", "one", "one", "two" }));
    }

    [Test]
    public async Task Email_IsInTheMailbox_WithItsConfirmationFirst()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;
        await cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "email", Endpoint = "ops@example.com" });
        var mailbox = cloud.Inner.Folder["project/.package/mailbox"];
        async Task<string> UntilAsync(string text)
        {
            await Wait.UntilAsync(async () => File.Exists(mailbox) && (await File.ReadAllTextAsync(mailbox)).Contains(text, StringComparison.Ordinal), $"mail of {text}");
            return await File.ReadAllTextAsync(mailbox);
        }

        var asked = await UntilAsync("with the token");
        var token = asked.Split("with the token\n")[1].Split('\n')[0];
        await cloud.Topics.ConfirmSubscriptionAsync(new() { TopicArn = topic, Token = token });
        await cloud.Topics.PublishAsync(new() { TopicArn = topic, Subject = "Late", Message = "From here\nto there" });
        var mail = await UntilAsync("Subject: Late");

        Assert.That(mail, Does.Contain("To: ops@example.com").And.Contain("\n>From here\nto there\n"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(mailbox), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Elsewhere_NothingIsSent_AndTheSubscriptionSaysSo()
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;

        foreach (var (protocol, to) in new[] { ("https", "https://example.com/hook"), ("sqs", "arn:aws:sqs:us-east-1:000000000000:q"), ("lambda", "arn:aws:lambda:us-east-1:000000000000:function:f") })
        {
            var arn = (await cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = protocol, Endpoint = to, ReturnSubscriptionArn = true })).SubscriptionArn;
            var attributes = (await cloud.Topics.GetSubscriptionAttributesAsync(new() { SubscriptionArn = arn })).Attributes;
            Assert.That(attributes["baker.local.undelivered"], Does.Contain("local cloud"));
            Assert.That(attributes["PendingConfirmation"], Is.EqualTo(protocol == "https" ? "true" : "false"));
        }

        await cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "m" });
        Assert.That(await File.ReadAllTextAsync(cloud.Inner.Folder["project/.package/logs/local-cloud.log"]), Does.Contain("to sqs arn:aws:sqs:us-east-1:000000000000:q"));
    }

    private static IEnumerable<TestCaseData> Refusals()
    {
        static TestCaseData Case(string name, string code, Func<FleetCloud, string, Task> act) => new TestCaseData(code, act).SetArgDisplayNames(name);
        yield return Case("a name with a space", "InvalidParameter", (cloud, _) => cloud.Topics.CreateTopicAsync(new() { Name = "a b" }));
        yield return Case("other attributes", "InvalidParameter", (cloud, _) => cloud.Topics.CreateTopicAsync(new() { Name = "ops", Attributes = new() { ["DisplayName"] = "x" } }));
        yield return Case("no such topic", "NotFound", (cloud, topic) => cloud.Topics.PublishAsync(new() { TopicArn = topic + "x", Message = "m" }));
        yield return Case("no message", "InvalidParameter", (cloud, topic) => cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "" }));
        yield return Case("a long subject", "InvalidParameter", (cloud, topic) => cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "m", Subject = new string('s', 101) }));
        yield return Case("JSON without default", "InvalidParameter", (cloud, topic) => cloud.Topics.PublishAsync(new() { TopicArn = topic, Message = "{}", MessageStructure = "json" }));
        yield return Case("a protocol that is none", "InvalidParameter", (cloud, topic) => cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "pigeon", Endpoint = "x" }));
        yield return Case("http to https", "InvalidParameter", (cloud, topic) => cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "http", Endpoint = "https://127.0.0.1/" }));
        yield return Case("no address", "InvalidParameter", (cloud, topic) => cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "email", Endpoint = "ops" }));
        yield return Case("a filter", "InvalidParameter", (cloud, topic) => cloud.Topics.SubscribeAsync(new() { TopicArn = topic, Protocol = "email", Endpoint = "o@x", Attributes = new() { ["FilterPolicy"] = """{"a":["b"]}""" } }));
        yield return Case("a wrong token", "InvalidParameter", (cloud, topic) => cloud.Topics.ConfirmSubscriptionAsync(new() { TopicArn = topic, Token = "t" }));
        yield return Case("eleven messages", "TooManyEntriesInBatchRequest", (cloud, topic) => cloud.Topics.PublishBatchAsync(new() { TopicArn = topic, PublishBatchRequestEntries = [.. Enumerable.Range(0, 11).Select(i => new PublishBatchRequestEntry { Id = $"{i}", Message = "m" })] }));
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task Request_ThatSnsRefuses_IsRefusedWithItsCode(string code, Func<FleetCloud, string, Task> act)
    {
        await using var cloud = await FleetCloud.OpenAsync();
        var topic = (await cloud.Topics.CreateTopicAsync(new() { Name = "ops" })).TopicArn;

        Assert.That(await Errors.CodeOfAsync(() => act(cloud, topic)), Is.EqualTo(code));
    }

    internal static async Task SubscribeAsync(FleetCloud cloud, Endpoint endpoint, string topic, bool raw = false)
    {
        var arn = (await cloud.Topics.SubscribeAsync(new()
        {
            TopicArn = topic,
            Protocol = "http",
            Endpoint = endpoint.Url,
            ReturnSubscriptionArn = true,
            Attributes = new() { ["RawMessageDelivery"] = raw ? "true" : "false", ["DeliveryPolicy"] = """{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":3}}""" },
        })).SubscriptionArn;
        var asked = await endpoint.NextAsync("SubscriptionConfirmation");
        var confirmed = await cloud.Topics.ConfirmSubscriptionAsync(new() { TopicArn = topic, Token = asked.GetProperty("Token").GetString() });
        Assert.That(confirmed.SubscriptionArn, Is.EqualTo(arn));
    }

    /// <summary>An HTTP endpoint that keeps what it gets.</summary>
    internal sealed class Endpoint : IAsyncDisposable
    {
        private readonly HttpServer _server;
        private readonly ConcurrentQueue<(string Kind, string Body)> _got = new();

        public Endpoint() => _server = new HttpServer(
            new IPEndPoint(IPAddress.Loopback, 0),
            new HttpLimits(LargestBody: null, TimeSpan.FromMinutes(1)),
            AnswerAsync,
            (context, status) => Task.FromResult(context.Response.StatusCode = status));

        public string Url => $"http://{_server.Address}/hook";

        /// <summary>How many notifications are answered with 500 from now on.</summary>
        public int Failures { get; set; }

        /// <summary>Notifications, without an envelope.</summary>
        public List<string> Raw => [.. _got.Where(each => each.Kind == "Notification").Select(each => each.Body)];

        public async Task<JsonElement> NextAsync(string kind, Func<JsonElement, bool>? isWanted = null)
        {
            JsonElement? found = null;
            await Wait.UntilAsync(
                () => Task.FromResult((found = _got.Where(each => each.Kind == kind).Select(each => (JsonElement?)JsonDocument.Parse(each.Body).RootElement).FirstOrDefault(each => isWanted?.Invoke(each!.Value) != false)) is not null),
                $"a {kind}");
            return found!.Value;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task AnswerAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body);
            var kind = context.Request.Headers["x-amz-sns-message-type"].ToString();
            _got.Enqueue((kind, await reader.ReadToEndAsync()));
            if (kind == "Notification" && Failures > 0)
            {
                Failures--;
                context.Response.StatusCode = 500;
            }
        }
    }
}
