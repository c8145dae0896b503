using System.Globalization;
using System.Net;
using System.Text;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Examining;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests.Examining;

/// <summary>An account, looked at from outside.</summary>
internal sealed class CloudExaminationTests
{
    [Test]
    public async Task Account_OnMoto_IsKnownAndNothingIsMade()
    {
        await using var session = await MotoAccount.OpenAsync();
        var examination = new CloudExamination(session.Region("us-east-1"), session.Clock, TimeProvider.System);
        var ec2 = session.Region("us-east-1").Clients.EC2;
        var before = await CountAsync(ec2);

        var identity = await examination.IdentityAsync(CancellationToken.None);
        var permissions = await examination.PermissionsAsync(null, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(identity.State, Is.EqualTo(FindingState.Ok));
            Assert.That(identity.Text, Does.StartWith("account ").And.Contain("arn:aws:"));
            Assert.That(permissions.State, Is.EqualTo(FindingState.Ok), permissions.Text);
            Assert.That(permissions.Text, Does.Contain("ec2:DescribeInstances"));
            Assert.That(examination.Clock()!.State, Is.EqualTo(FindingState.Ok));
        });
        Assert.That(await CountAsync(ec2), Is.EqualTo(before));
    }

    [TestCase(0, FindingState.Ok, "as the cloud's")]
    [TestCase(90, FindingState.Warning, "s ahead of the cloud")]
    [TestCase(-90, FindingState.Warning, "s behind the cloud")]
    [TestCase(3600, FindingState.Failed, "s ahead of the cloud")]
    public async Task Clock_OfThisMachine_IsHeldAgainstTheReplys(int seconds, FindingState state, string text)
    {
        var time = new ShiftedTime(TimeSpan.FromSeconds(seconds));
        await using var session = Session(new Reply(HttpStatusCode.OK, Identity), time);
        var examination = new CloudExamination(session.Region("us-east-1"), session.Clock, time);

        await examination.IdentityAsync(CancellationToken.None);

        var clock = examination.Clock()!;
        Assert.That(clock.State, Is.EqualTo(state));
        Assert.That(clock.Text, Does.EndWith(text));
    }

    [Test]
    public async Task Clock_ThatIsWhyOneIsRefused_IsToldAllTheSame()
    {
        var time = new ShiftedTime(TimeSpan.FromHours(2));
        await using var session = Session(new Reply(HttpStatusCode.Forbidden, Refusal("SignatureDoesNotMatch", "Signature not yet current")), time);
        var examination = new CloudExamination(session.Region("us-east-1"), session.Clock, time);

        Assert.That(await Thrown(examination.IdentityAsync(CancellationToken.None)), Is.InstanceOf<AmazonServiceException>());

        Assert.That(examination.Clock()!.State, Is.EqualTo(FindingState.Failed));
    }

    [Test]
    public async Task Permissions_ThatAreRefused_AreNamed()
    {
        const string Unauthorized = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>";
        await using var session = Session(new Reply(HttpStatusCode.Forbidden, Unauthorized), TimeProvider.System);
        var examination = new CloudExamination(session.Region("us-east-1"), session.Clock, TimeProvider.System);

        var permissions = await examination.PermissionsAsync("ami-0123456789abcdef0", CancellationToken.None);

        Assert.That(permissions.State, Is.EqualTo(FindingState.Failed));
        Assert.That(permissions.Text, Does.StartWith("not allowed: ").And.Contain("ec2:RunInstances").And.Contain("ec2:CreateLaunchTemplate"));
        Assert.That(permissions.Remedy, Does.Contain("examples/operator-permissions"));
    }

    [TestCase(10, FindingState.Ok)]
    [TestCase(400, FindingState.Warning)]
    public async Task Quotas_NearTheirEnd_AreWarnedOf(int used, FindingState state)
    {
        var limits = $"""
            <DescribeAccountLimitsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><DescribeAccountLimitsResult>
            <MaxNumberOfAutoScalingGroups>500</MaxNumberOfAutoScalingGroups><MaxNumberOfLaunchConfigurations>200</MaxNumberOfLaunchConfigurations>
            <NumberOfAutoScalingGroups>{used}</NumberOfAutoScalingGroups><NumberOfLaunchConfigurations>0</NumberOfLaunchConfigurations>
            </DescribeAccountLimitsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeAccountLimitsResponse>
            """;
        await using var session = Session(new Reply(HttpStatusCode.OK, limits), TimeProvider.System);
        var examination = new CloudExamination(session.Region("us-east-1"), session.Clock, TimeProvider.System);

        var quotas = await examination.QuotasAsync(CancellationToken.None);

        Assert.That((quotas.State, quotas.Text), Is.EqualTo((state, $"{used} of 500 Auto Scaling groups are used")));
    }

    private const string Identity = """
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
        <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>A</UserId><Account>123456789012</Account>
        </GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>
        """;

    private static string Refusal(string code, string message) =>
        $"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>";

    private static CloudSession Session(HttpMessageHandler handler, TimeProvider time) => new(
        new CloudConnection { Name = "aws", Credentials = new BasicAWSCredentials("a", "b"), ServiceUrl = new Uri("http://127.0.0.1:9"), Handler = handler },
        Timings.None(),
        time);

    private static async Task<Exception?> Thrown(Task task)
    {
        try
        {
            await task;
            return null;
        }
        catch (AmazonServiceException error)
        {
            return error;
        }
    }

    private static async Task<(int Groups, int Templates, int Instances)> CountAsync(Amazon.EC2.IAmazonEC2 ec2) => (
        (await ec2.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest())).SecurityGroups.Count,
        (await ec2.DescribeLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest())).LaunchTemplates?.Count ?? 0,
        (await ec2.DescribeInstancesAsync(new DescribeInstancesRequest())).Reservations?.Count ?? 0);

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    /// <summary>Answers every request with the same, now.</summary>
    private sealed class Reply(HttpStatusCode code, string text) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var reply = new HttpResponseMessage(code) { Content = new StringContent(text, Encoding.UTF8, "text/xml"), RequestMessage = request };
            reply.Headers.TryAddWithoutValidation("Date", TimeProvider.System.GetUtcNow().ToString("R", CultureInfo.InvariantCulture));
            return Task.FromResult(reply);
        }
    }
}
