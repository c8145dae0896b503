using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.LocalCloud.Serving;

namespace Baker.LocalCloud.Tests.Serving;

/// <summary>The local cloud on a full disk, and asked for more than is reasonable.</summary>
[Platform("Linux")]
public sealed class PressureTests
{
    [Test]
    public async Task Cloud_DiskIsFull_AnswersReadsRefusesChangesAndGoesOnWhenThereIsRoom()
    {
        await using var folder = new TemporaryFolder();
        using var disk = await SmallDisk.MountAsync(folder["project"], "4m");
        var kept = new List<string>();
        await using (var cloud = await TestCloud.OpenAsync(folder: folder))
        {
            var instance = (await cloud.EC2.RunInstancesAsync(new RunInstancesRequest { ImageId = TestCloud.BaseImageId, InstanceType = InstanceType.T3Micro, MinCount = 1, MaxCount = 1 })).Reservation.Instances[0].InstanceId;
            disk.Fill();
            AmazonSimpleSystemsManagementException? refused = null;
            for (var i = 0; refused is null; i++)
            {
                try
                {
                    await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = $"/p/{i}", Value = new string('x', 4000), Type = ParameterType.String });
                    kept.Add($"/p/{i}");
                }
                catch (AmazonSimpleSystemsManagementException error)
                {
                    refused = error;
                }
            }

            Assert.That((int)refused.StatusCode, Is.EqualTo(500));
            Assert.That(refused.Message, Does.Contain("No space left on device"));
            Assert.That(await NamesAsync(cloud), Is.EquivalentTo(kept), "what was refused has not happened");
            await Wait.UntilAsync(async () => await StateAsync(cloud, instance) == "running");
            Assert.That(await S3Async(cloud, HttpMethod.Put, "/bucket"), Does.StartWith("500").And.Contain("No space left on device"));

            await cloud.SSM.DeleteParameterAsync(new DeleteParameterRequest { Name = kept[0] });
            kept.RemoveAt(0);
            disk.Empty();
            await cloud.SSM.PutParameterAsync(new PutParameterRequest { Name = "/more", Value = "x", Type = ParameterType.String });
            kept.Add("/more");
            Assert.That(await S3Async(cloud, HttpMethod.Put, "/bucket"), Does.StartWith("200"));
        }

        await using var again = await TestCloud.OpenAsync(folder: folder);
        Assert.That(await NamesAsync(again), Is.EquivalentTo(kept));
    }

    [Test]
    public async Task Object_DiskIsFull_KeepsTheOneBefore()
    {
        await using var folder = new TemporaryFolder();
        using var disk = await SmallDisk.MountAsync(folder["project"], "8m");
        await using var cloud = await TestCloud.OpenAsync(folder: folder);
        await S3Async(cloud, HttpMethod.Put, "/bucket");
        await S3Async(cloud, HttpMethod.Put, "/bucket/k", "before");
        disk.Fill();

        var refused = await S3Async(cloud, HttpMethod.Put, "/bucket/k", new string('x', 100_000));

        Assert.That(refused, Does.StartWith("500").And.Contain("No space left on device"));
        Assert.That(await S3Async(cloud, HttpMethod.Get, "/bucket/k"), Is.EqualTo("200 before"));
        Assert.That(Directory.GetFiles(folder["project/.package/objects"]), Has.Length.EqualTo(1));
    }

    [TestCase(51, 1, 1)]
    [TestCase(1, 201, 1)]
    [TestCase(1, 1, 256)]
    public async Task Filters_MoreThanEc2Takes_AreRefused(int filters, int values, int length)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var filter = new Filter { Name = "tag:k", Values = [.. Enumerable.Repeat(new string('x', length), values)] };
        var refused = await Assert.ThrowsAsync<AmazonEC2Exception>(() => cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [.. Enumerable.Repeat(filter, filters)] }));
        Assert.That(refused!.ErrorCode, Is.EqualTo(length > 255 ? "InvalidParameterValue" : "FilterLimitExceeded"));
    }

    /// <summary>Plain values are looked up, but a pattern is held against all that there is, while others wait.</summary>
    [Test]
    public async Task Filters_WithManyPatterns_AreRefused()
    {
        await using var cloud = await TestCloud.OpenAsync();
        Filter Of(int patterns) => new() { Name = "name", Values = [.. Enumerable.Range(0, patterns).Select(i => $"*{i}"), .. Enumerable.Range(0, 90).Select(i => $"{i}")] };
        await cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { Filters = [Of(100), Of(100)] });
        var refused = await Assert.ThrowsAsync<AmazonEC2Exception>(() => cloud.EC2.DescribeImagesAsync(new DescribeImagesRequest { Filters = [Of(101), Of(100)] }));
        Assert.That(refused!.ErrorCode, Is.EqualTo("FilterLimitExceeded"));
    }

    [Test]
    public async Task DeleteObjects_NestedOrTooMany_IsRefused()
    {
        string[] bodies =
        [
            string.Concat(Enumerable.Repeat("<Key>", 50_000)) + string.Concat(Enumerable.Repeat("</Key>", 50_000)),
            string.Concat(Enumerable.Repeat("<a>", 50_000)) + string.Concat(Enumerable.Repeat("</a>", 50_000)),
            "<Delete>" + string.Concat(Enumerable.Repeat("<Object><Key>k</Key></Object>", 1_001)) + "</Delete>",
            "<Delete>",
            "",
        ];
        await using var cloud = await TestCloud.OpenAsync();
        await S3Async(cloud, HttpMethod.Put, "/bucket");
        foreach (var body in bodies)
        {
            Assert.That(await S3Async(cloud, HttpMethod.Post, "/bucket?delete", body), Does.StartWith("400").And.Contain("MalformedXML"));
        }
    }

    [Test]
    public async Task Status_AfterCalls_SaysHowLongTheLockWasHeld()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest());
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        var status = LocalCloudStatus.FromJson(await client.GetStringAsync(new Uri("http://local.invalid/_baker/status")));
        Assert.That(status.Lock!.Times, Is.GreaterThan(2));
        Assert.That(status.Lock.LongestHeld, Is.Positive.And.LessThanOrEqualTo(status.Lock.Held));
        Assert.That(status.Lock.LongestWait, Is.Not.Negative.And.LessThanOrEqualTo(status.Lock.Waited));
    }

    private static async Task<string> StateAsync(TestCloud cloud, string instance) =>
        (await cloud.EC2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [instance] })).Reservations[0].Instances[0].State.Name;

    private static async Task<List<string>> NamesAsync(TestCloud cloud)
    {
        var names = new List<string>();
        var request = new DescribeParametersRequest { MaxResults = 50 };
        do
        {
            var page = await cloud.SSM.DescribeParametersAsync(request);
            names.AddRange((page.Parameters ?? []).Select(parameter => parameter.Name).Where(name => !name.StartsWith("/aws/", StringComparison.Ordinal)));
            request.NextToken = page.NextToken;
        }
        while (!string.IsNullOrEmpty(request.NextToken));
        return names;
    }

    private static async Task<string> S3Async(TestCloud cloud, HttpMethod method, string path, string? body = null)
    {
        using var client = new HttpClient(cloud.Cloud.CreateHandler());
        using var request = new HttpRequestMessage(method, "http://local.invalid" + path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        using var answer = await client.SendAsync(request);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }
}
