using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Baker.Cloud.Waiting;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images.Catalog;

/// <summary>
/// Finds the other accounts that use images which are shared with them: by EC2's image usage report, and by the channels of the
/// accounts that the manifest names. Where that cannot be known, an image that is shared counts as in use.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-ami-usage.html
/// </summary>
/// <param name="accounts">Those that the manifest names.</param>
/// <param name="say">Is told, once, what cannot be known.</param>
public sealed class AbroadUsers(CloudSession cloud, ImmutableArray<OtherAccount> accounts, Action<string> say)
{
    private const int AtOnce = 8;
    private const int PageSize = 500;
    private static readonly TimeSpan s_reportLimit = TimeSpan.FromMinutes(10);
    private static readonly string[] s_kinds = ["ec2:Instance", "ec2:LaunchTemplate"];

    private readonly ConcurrentDictionary<(string Region, string Account), Lazy<Task<ILookup<string, ImageUser>?>>> _channels = new();
    private readonly ConcurrentDictionary<string, bool> _said = new(StringComparer.Ordinal);

    /// <summary>A plan that spares what other accounts use: they are asked about what would go alone.</summary>
    /// <param name="plan">Plans from the regions as they are then known.</param>
    public async Task<RemovalPlan> SpareAsync(IReadOnlyCollection<CatalogRegion> regions, Func<RemovalPlan> plan, CancellationToken stop)
    {
        var going = plan().Steps.OfType<RemovalStep.RemoveImage>().Select(step => step.Image).ToList();
        if (going.Count == 0)
        {
            return plan();
        }

        await ReadAsync(regions, going, stop).ConfigureAwait(false);
        return plan();
    }

    /// <summary>Adds to the images' users those of other accounts.</summary>
    public Task ReadAsync(IReadOnlyCollection<CatalogRegion> regions, IEnumerable<CatalogImage> images, CancellationToken stop) =>
        Parallel.ForEachAsync(
            images.Where(image => image.IsAvailable),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
            async (image, token) =>
            {
                var users = regions.First(region => region.Region == image.Region).Users;
                foreach (var user in await OfAsync(image, token).ConfigureAwait(false))
                {
                    users.Add(image.Id, user);
                }
            });

    private async Task<IEnumerable<ImageUser>> OfAsync(CatalogImage image, CancellationToken stop)
    {
        var region = cloud.Region(image.Region);
        ImmutableArray<string> shared;
        try
        {
            shared = await new SharedImage(region).AccountsAsync(image.Id, stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (error.ErrorCode is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable")
        {
            return [];
        }

        if (shared.IsEmpty)
        {
            return [];
        }

        var users = new List<ImageUser>();
        foreach (var account in accounts.Where(account => shared.Contains(account.Id)))
        {
            var channels = await _channels.GetOrAdd(
                (image.Region, account.Name),
                _ => new(() => ChannelsAsync(account, image.Region, stop))).Value.ConfigureAwait(false);
            users.AddRange(channels is null ? [SharedWith(account.Id)] : channels[image.Id]);
        }

        return users.Concat(await ReportedAsync(region, image, stop).ConfigureAwait(false) ?? shared.Select(SharedWith));
    }

    private static ImageUser SharedWith(string account) => new("account", account, "shared with it");

    /// <summary>What the account's channels point at; null where they cannot be read.</summary>
    private async Task<ILookup<string, ImageUser>?> ChannelsAsync(OtherAccount account, string region, CancellationToken stop)
    {
        try
        {
            var there = await cloud.InAsync(account, region).ConfigureAwait(false);
            var found = await new ImageChannels(there.Region(region).Clients, there.Pacer)
                .ReadAsync(group: null, stop)
                .ConfigureAwait(false);
            return found.ToLookup(
                channel => channel.ImageId,
                channel => new ImageUser("channel", $"{channel.Group}:{channel.Name}", $"of account {account.Name}"));
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.Explain(error) is not null)
        {
            SayOnce($"the channels of {account.Name} in {region} cannot be read ({CloudFailure.Explain(error)!.Message}): "
                + "images that are shared with it count as in use");
            return null;
        }
    }

    /// <summary>Null where there is no report to be had.</summary>
    private async Task<IEnumerable<ImageUser>?> ReportedAsync(CloudRegion region, CatalogImage image, CancellationToken stop)
    {
        string? report = null;
        try
        {
            var request = new CreateImageUsageReportRequest
            {
                ImageId = image.Id,
                ResourceTypes = [.. s_kinds.Select(kind => new ImageUsageResourceTypeRequest { ResourceType = kind })],
                TagSpecifications =
                [
                    new TagSpecification
                    {
                        ResourceType = "image-usage-report",
                        Tags = [new Tag { Key = BakerTags.Group, Value = image.Group }],
                    },
                ],
            };
            var reply = await region.Pacer.SendAsync(region.Clients.EC2.CreateImageUsageReportAsync, request, stop).ConfigureAwait(false);
            report = reply.ReportId;
            if (await WhyNotAsync(region, report, stop).ConfigureAwait(false) is { } why)
            {
                SayNone(region, why);
                return null;
            }

            return await EntriesAsync(region, report, stop).ConfigureAwait(false);
        }
        catch (AmazonServiceException error) when (SharedImage.IsUnknown(error)
            || error.ErrorCode is "UnauthorizedOperation" or "AccessDenied" or "OptInRequired" or "UnsupportedOperation")
        {
            SayNone(region, SharedImage.IsUnknown(error) ? "this endpoint does not know it" : error.Message);
            return null;
        }
        finally
        {
            if (report is not null)
            {
                await ForgetAsync(region, report).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for a report; says in words why it does not come.</summary>
    private async Task<string?> WhyNotAsync(CloudRegion region, string report, CancellationToken stop)
    {
        var why = default(string);
        var came = await Looking.UntilAsync(
            cloud.Time,
            async _ =>
            {
                var reply = await region.Pacer.SendAsync(
                    region.Clients.EC2.DescribeImageUsageReportsAsync,
                    new DescribeImageUsageReportsRequest { ReportIds = [report] },
                    stop).ConfigureAwait(false);
                var found = reply.ImageUsageReports?.FirstOrDefault();
                why = found?.State is "error" or "failed" ? found.StateReason ?? "EC2 gave no reason" : null;
                return found?.State == "available" || why is not null;
            },
            s_reportLimit,
            _ => region.Clients.Pace.Again,
            stop).ConfigureAwait(false);
        return came ? why : $"it did not come within {s_reportLimit.TotalMinutes:0} minutes";
    }

    private static async Task<IEnumerable<ImageUser>> EntriesAsync(CloudRegion region, string report, CancellationToken stop)
    {
        var entries = new List<ImageUsageReportEntry>();
        var request = new DescribeImageUsageReportEntriesRequest { ReportIds = [report], MaxResults = PageSize };
        var pages = region.Pacer.PagesAsync(
            region.Clients.EC2.DescribeImageUsageReportEntriesAsync,
            request,
            reply => request.NextToken = reply.NextToken,
            stop);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            entries.AddRange(page.ImageUsageReportEntries ?? []);
        }

        return entries
            .Where(entry => entry.UsageCount > 0)
            .GroupBy(entry => entry.AccountId)
            .Select(entries => new ImageUser("account", entries.Key, string.Join(", ", entries
                .OrderBy(entry => entry.ResourceType, StringComparer.Ordinal)
                .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.ResourceType} {entry.UsageCount}")))));
    }

    /// <summary>It ends by itself after thirty days, too.</summary>
    private static async Task ForgetAsync(CloudRegion region, string report)
    {
        try
        {
            await region.Pacer.SendAsync(
                region.Clients.EC2.DeleteImageUsageReportAsync,
                new DeleteImageUsageReportRequest { ReportId = report },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (CloudFailure.IsOutside(error))
        {
        }
    }

    private void SayNone(CloudRegion region, string why) => SayOnce(
        $"EC2's image usage report cannot be had in {region.Name} ({why}): images that are shared with other accounts count as in use");

    private void SayOnce(string line)
    {
        if (_said.TryAdd(line, true))
        {
            say(line);
        }
    }
}
