using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Changes;
using Baker.Cloud.Images;
using Baker.Cloud.Images.Catalog;
using Baker.Cloud.Waiting;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Catalog;

/// <summary>
/// Other accounts on moto, where a role that is taken on works in its own account. Its CopyImage (5.2.1) finds images of the caller's
/// account alone, so that copies into another account are tested on the local cloud.
/// </summary>
internal sealed class MotoAccountTests
{
    private static int s_accounts;

    private CloudSession _session = null!;
    private Usage _usage = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        var url = await MotoServer.UrlAsync();
        // A home of its own: moto keeps an account for whoever has taken on a role of it.
        var home = NewAccount();
        var credentials = await AccountKeysAsync(url, home);
        _usage = new Usage();
        _session = new CloudSession(Connection(url, _usage, credentials), Timings.None(), TimeProvider.System);
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }

        _usage?.Dispose();
    }

    [Test]
    public async Task Promote_WithoutAKey_SharesAndWritesTheOtherAccountsParameter()
    {
        var image = await MotoImages.BakeAsync(_session.Region("us-east-1").Clients, "www", 1);
        var account = Account(NewAccount());

        var (promotion, steps) = await PromoteAsync(account);
        var (_, again) = await PromoteAsync(account);
        var there = (await _session.InAsync(account, "us-east-1")).Region("us-east-1");
        var channels = await new ImageChannels(there.Clients, there.Pacer).ReadAsync(group: null, CancellationToken.None);
        var here = await new ImageChannels(_session.Region("us-east-1").Clients, _session.Pacer).ReadAsync(group: null, CancellationToken.None);

        Assert.That(promotion.Images.Values, Is.EqualTo(new[] { image }));
        Assert.That(steps.Select(step => step.GetType()), Is.EqualTo(new[] { typeof(AccountStep.Share), typeof(AccountStep.Point) }));
        Assert.That(again, Is.Empty);
        Assert.That(channels.Select(channel => (channel.Name, channel.ImageId)), Is.EqualTo(new[] { ("production", image) }));
        Assert.That(here, Is.Empty);
        Assert.That(await new SharedImage(_session.Region("us-east-1")).AccountsAsync(image, CancellationToken.None), Is.EqualTo(new[] { account.Id }));
    }

    [Test]
    public async Task Abroad_WhatTheReportNames_IsInUse()
    {
        var image = await SharedAsync();
        _usage.Entries = ["<item><resourceType>ec2:Instance</resourceType><usageCount>3</usageCount><accountId>444444444444</accountId></item>", "<item><resourceType>ec2:LaunchTemplate</resourceType><usageCount>1</usageCount><accountId>444444444444</accountId></item>"];

        var (users, said) = await AbroadAsync(image);

        Assert.That(users, Is.EqualTo(new[] { "account 444444444444 (ec2:Instance 3, ec2:LaunchTemplate 1)" }));
        Assert.That(said, Is.Empty);
        Assert.That(_usage.Asked, Is.EqualTo(new[] { "CreateImageUsageReport", "DescribeImageUsageReports", "DescribeImageUsageReportEntries", "DeleteImageUsageReport" }), "and nothing of it stays");
    }

    [Test]
    public async Task Abroad_ReportWithoutEntries_IsNoUse()
    {
        var image = await SharedAsync();
        _usage.Entries = [];

        Assert.That((await AbroadAsync(image)).Users, Is.Empty);
    }

    [Test]
    public async Task Abroad_WithoutAReport_WhatIsSharedIsInUseAndThatIsSaid()
    {
        var image = await SharedAsync();

        var (users, said) = await AbroadAsync(image);

        Assert.That(users, Is.EqualTo(new[] { "account 444444444444 (shared with it)" }));
        Assert.That(said.Single(), Does.Contain("EC2's image usage report cannot be had in us-east-1"));
    }

    private async Task<string> SharedAsync()
    {
        var image = await MotoImages.BakeAsync(_session.Region("us-east-1").Clients, "www", 1);
        await new SharedImage(_session.Region("us-east-1")).ShareAsync(image, [], "444444444444", CancellationToken.None);
        return image;
    }

    private async Task<(List<string> Users, List<string> Said)> AbroadAsync(string image)
    {
        var region = await MotoImages.CatalogAsync(_session, "www");
        var said = new List<string>();
        await new AbroadUsers(_session, [], said.Add).ReadAsync([region], region.Images, CancellationToken.None);
        return ([.. region.Users.Of(image).Select(user => user.ToString())], said);
    }

    private async Task<(AccountPromotion Promotion, IReadOnlyList<AccountStep> Steps)> PromoteAsync(OtherAccount account)
    {
        var group = new NodeGroup { Name = GroupName.Parse("www"), Region = "us-east-1", Attributes = [] };
        var first = account.RegionsFor(group.Regions).First();
        var there = await _session.InAsync(account, first);
        var promotion = new AccountPromotion(
            _session,
            there,
            account,
            group,
            "production",
            new Promotion(_session, group, "production", (choice, good, stop) => choice.NewestAsync(good, stop), (there, first)));
        var steps = await promotion.PlanAsync(CancellationToken.None);
        (await new ChangeEngine(new SilentWatcher(), TimeProvider.System).RunAsync(promotion, CancellationToken.None)).ThrowIfFailed();
        return (promotion, steps);
    }

    private static OtherAccount Account(string id, params string[] regions) => new(
        "other",
        id,
        $"arn:aws:iam::{id}:role/images",
        [.. regions],
        regions.ToImmutableSortedDictionary(region => region, _ => "alias/theirs"));

    private static string NewAccount() =>
        (700_000_000_000 + Interlocked.Increment(ref s_accounts)).ToString("D12", CultureInfo.InvariantCulture);

    private static CloudConnection Connection(Uri url, HttpMessageHandler handler, AWSCredentials credentials) =>
        new() { Name = "aws", Pace = PollPace.Local, Credentials = credentials, ServiceUrl = url, Handler = handler };

    private static async Task<AWSCredentials> AccountKeysAsync(Uri url, string account)
    {
        using var handler = new HttpClientHandler();
        await using var session = new CloudSession(Connection(url, handler, new BasicAWSCredentials("test", "test")), Timings.None(), TimeProvider.System);
        var credentials = new AccountCredentials(session.Region("us-east-1").Clients, session.Pacer, Account(account));
        var keys = await credentials.GetCredentialsAsync();
        return new SessionAWSCredentials(keys.AccessKey, keys.SecretKey, keys.Token);
    }

    /// <summary>Answers for the image usage report, which moto 5.2.1 does not have, where entries are given.</summary>
    private sealed class Usage() : DelegatingHandler(new HttpClientHandler())
    {
        public string[]? Entries { get; set; }

        public List<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var action = body.Split('&').FirstOrDefault(part => part.StartsWith("Action=", StringComparison.Ordinal))?[7..] ?? "";
            if (Entries is null || !action.Contains("ImageUsageReport", StringComparison.Ordinal))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            Asked.Add(action);
            var content = action switch
            {
                "CreateImageUsageReport" => "<reportId>amiur-0123456789abcdef0</reportId>",
                "DescribeImageUsageReports" => "<imageUsageReportSet><item><reportId>amiur-0123456789abcdef0</reportId><state>available</state></item></imageUsageReportSet>",
                "DescribeImageUsageReportEntries" => $"<imageUsageReportEntrySet>{string.Concat(Entries)}</imageUsageReportEntrySet>",
                _ => "<return>true</return>",
            };
            var xml = $"<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>0</requestId>{content}</{action}Response>";
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(xml, Encoding.UTF8, "text/xml"), RequestMessage = request };
        }
    }
}
