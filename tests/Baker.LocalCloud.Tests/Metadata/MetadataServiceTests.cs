using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.AutoScaling;
using Baker.LocalCloud.Sandboxes;
using Baker.LocalCloud.Tests.Fleets;
using Newtonsoft.Json.Linq;

namespace Baker.LocalCloud.Tests.Metadata;

/// <summary>The metadata service, asked from inside of real instances.</summary>
public sealed class MetadataServiceTests
{
    // Python, as on every image that a node's program is for; http.client does as it is told, proxies or not.
    private const string Ask = """
        cat > /tmp/ask.py <<'END'
        import http.client, os, sys
        def ask(method, path, **headers):
            server = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"].split("//")[1]
            connection = http.client.HTTPConnection(server, timeout=30)
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        def token():
            return ask("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60")[1]
        def get(path, word=None):
            return ask("GET", "/latest/" + path, X_aws_ec2_metadata_token=word or token())
        END
        cd /tmp

        """;

    private const string Get = """print(*get("meta-data/autoscaling/target-lifecycle-state"))""";

    [Test]
    public async Task Instance_WithAProfile_IsToldOfItselfAndGivenCredentialsThatTheCloudKnows()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await LaunchAsync(cloud, "web");
        await cloud.UntilOnlineAsync(id);
        var instance = await cloud.FindAsync(id);

        var said = await PythonAsync(cloud, id, """
            for path in ("meta-data/instance-id", "meta-data/placement/region", "meta-data/placement/availability-zone", "meta-data/tags/instance/group", "user-data", "meta-data/iam/security-credentials/", "meta-data/nothing"):
                print(*get(path))
            print(get("dynamic/instance-identity/document")[1].replace("\n", ""))
            print(get("meta-data/iam/security-credentials/web")[1].replace("\n", ""))
            """);

        var document = JObject.Parse(said[^2]);
        var credentials = JObject.Parse(said[^1]);
        Assert.That(said[..^2], Is.EqualTo(new[] { $"200 {id}", "200 us-east-1", $"200 {instance.Placement.AvailabilityZone}", "200 blue", "200 #!/bin/sh", "true", "200 web", "404 " }));
        Assert.That((string?)document["instanceId"], Is.EqualTo(id));
        Assert.That((string?)document["privateIp"], Is.EqualTo(instance.PrivateIpAddress));

        using var sts = new Amazon.SecurityToken.AmazonSecurityTokenServiceClient(
            (string)credentials["AccessKeyId"]!,
            (string)credentials["SecretAccessKey"]!,
            (string)credentials["Token"]!,
            new Amazon.SecurityToken.AmazonSecurityTokenServiceConfig
            {
                ServiceURL = $"http://{InstanceEndpoint.Of(cloud.Folder["project/.package"])}",
                AuthenticationRegion = "us-east-1",
            });
        var caller = await sts.GetCallerIdentityAsync(new Amazon.SecurityToken.Model.GetCallerIdentityRequest());
        Assert.That(caller.Arn, Is.EqualTo($"arn:aws:sts::000000000000:assumed-role/web/{id}"));
    }

    [Test]
    public async Task Instance_InAGroup_IsToldThatItLeavesWhileAHookHoldsIt()
    {
        await using var fleet = await FleetCloud.OpenAsync(execute: true);
        await fleet.CreateAsync("web", await fleet.TemplateAsync(), 1, group => group.LifecycleHookSpecificationList =
            [new() { LifecycleHookName = "drain", LifecycleTransition = "autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout = 7200 }]);
        await fleet.UntilAsync("web", group => group.Instances is [{ LifecycleState.Value: "InService" }], "an instance");
        var id = (await fleet.GroupAsync("web")).Instances[0].InstanceId;
        await fleet.Inner.UntilOnlineAsync(id);
        Assert.That(await StateAsync(), Is.EqualTo("200 InService"));

        await fleet.Groups.SetDesiredCapacityAsync(new() { AutoScalingGroupName = "web", DesiredCapacity = 0 });
        await fleet.UntilAsync("web", group => group.Instances is [{ LifecycleState.Value: "Terminating:Wait" }], "its hook");
        Assert.That(await StateAsync(), Is.EqualTo("200 Terminated"));

        var alone = await LaunchAsync(fleet.Inner, profile: null);
        await fleet.Inner.UntilOnlineAsync(alone);
        Assert.That((await PythonAsync(fleet.Inner, alone, Get))[0], Is.EqualTo("404 "));

        async Task<string> StateAsync() => (await PythonAsync(fleet.Inner, id, Get))[0];
    }

    [TestCase("Pending:Wait", "InService")]
    [TestCase("EnteringStandby", "Standby")]
    [TestCase("Terminating:Proceed", "Terminated")]
    [TestCase("Detaching", "Detached")]
    [TestCase("Warmed:Pending:Wait", "Warmed:Stopped")]
    [TestCase("Warmed:Running", "Warmed:Running")]
    public void TargetState_OfAMember_IsWhereItIsOnItsWayTo(string state, string target) => Assert.That(
        new MemberRecord { Id = "i-1", GroupId = "web", Zone = "us-east-1a", InstanceType = "m5.large", ImageId = "ami-1", State = state }
            .TargetState(new WarmPoolRecord(0, null, "Stopped", null, IsLeaving: false)),
        Is.EqualTo(target));

    [Test]
    public async Task Instance_WithoutAProfile_HasNoCredentials()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await LaunchAsync(cloud, profile: null);
        await cloud.UntilOnlineAsync(id);

        Assert.That(
            await PythonAsync(cloud, id, """print(*get("meta-data/iam/security-credentials/"), *get("meta-data/iam/info"))"""),
            Is.EqualTo(new[] { "404  404 " }));
    }

    [Test]
    public async Task Token_OfAnotherInstance_OrNone_IsRefused()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var (one, other) = (await LaunchAsync(cloud, "web"), await LaunchAsync(cloud, "web"));
        await cloud.UntilOnlineAsync(one);
        await cloud.UntilOnlineAsync(other);
        var token = (await PythonAsync(cloud, other, "print(token())"))[0];

        var said = await PythonAsync(cloud, one, $$"""
            print(*get("meta-data/instance-id", "{{token}}"))
            print(*ask("GET", "/latest/meta-data/instance-id"))
            print(*ask("PUT", "/latest/api/token"))
            print(*ask("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="21601"))
            print(*ask("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60", X_Forwarded_For="10.0.0.1"))
            print(*ask("POST", "/latest/meta-data/instance-id", X_aws_ec2_metadata_token=token()))
            print(*get("meta-data/instance-id"))
            """);

        Assert.That(said, Is.EqualTo(new[] { "401 ", "401 ", "400 ", "400 ", "403 ", "405 ", $"200 {one}" }));
    }

    [Test]
    public async Task Service_OfAnInstanceThatTurnedItOff_AnswersNothing()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await LaunchAsync(cloud, "web");
        await cloud.UntilOnlineAsync(id);
        await cloud.EC2.ModifyInstanceMetadataOptionsAsync(new ModifyInstanceMetadataOptionsRequest { InstanceId = id, HttpEndpoint = InstanceMetadataEndpointState.Disabled });

        Assert.That(
            await PythonAsync(cloud, id, """print(*ask("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60"))"""),
            Is.EqualTo(new[] { "403 " }));
    }

    [Test]
    public async Task Process_OfTheHost_IsToldNothing_AlthoughItUsesAnInstancesAddress()
    {
        await using var cloud = await TestCloud.OpenAsync(execute: true);
        var id = await LaunchAsync(cloud, "web");
        await cloud.UntilOnlineAsync(id);
        var address = IPAddress.Parse((await cloud.FindAsync(id)).PrivateIpAddress);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, stop) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, 0));
                await socket.ConnectAsync(context.DnsEndPoint, stop);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"http://{InstanceEndpoint.Of(cloud.Folder["project/.package"])}/latest/api/token");
        request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", "60");
        using var reply = await client.SendAsync(request);

        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await reply.Content.ReadAsStringAsync(), Does.StartWith("The metadata service answers the processes of instances alone."));
    }

    [Test]
    public async Task Session_OfAnInstance_DoesNotSteerTheCloud()
    {
        await using var cloud = await TestCloud.OpenAsync();
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Delete, "http://local.invalid/_baker/calls");
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=ASIAOFANINSTANCE/20260101/us-east-1/baker/aws4_request, SignedHeaders=host, Signature=0");
        using var reply = await client.SendAsync(request);

        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static async Task<string> LaunchAsync(TestCloud cloud, string? profile) =>
        (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = TestCloud.BaseImageId,
            InstanceType = "m1.large",
            MinCount = 1,
            MaxCount = 1,
            IamInstanceProfile = profile is null ? null : new IamInstanceProfileSpecification { Name = profile },
            UserData = Convert.ToBase64String("#!/bin/sh\ntrue"u8),
            MetadataOptions = new InstanceMetadataOptionsRequest { HttpTokens = HttpTokensState.Required, InstanceMetadataTags = InstanceMetadataTagsState.Enabled },
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Instance, Tags = [new Amazon.EC2.Model.Tag("group", "blue")] }],
        })).Reservation.Instances[0].InstanceId;

    private static async Task<string[]> PythonAsync(TestCloud cloud, string id, string program)
    {
        var result = await cloud.RunAsync(id, Ask + $"python3 - <<'END'\nfrom ask import *\n{program}\nEND\n");
        Assert.That(result.Status.Value, Is.EqualTo("Success"), result.StandardErrorContent);
        return result.StandardOutputContent.TrimEnd('\n').Split('\n');
    }
}
