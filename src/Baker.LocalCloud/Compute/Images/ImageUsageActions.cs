using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Compute.Images;

/// <summary>
/// Reports of what other accounts use of an image. The cloud's other accounts launch nothing and keep no launch templates, so that a
/// report has no entry.
/// </summary>
internal sealed class ImageUsageActions(CloudContext cloud, ComputeModel compute)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(30);

    private static readonly Filters<ImageUsageReportRecord> s_filters = new Filters<ImageUsageReportRecord>()
        .Add("resource-type", r => string.Join(',', r.ResourceTypes))
        .AddTags(r => r.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateImageUsageReportRequest, CreateImageUsageReportResponse>(ServiceNames.Compute, Create);
        router.Handle<DescribeImageUsageReportsRequest, DescribeImageUsageReportsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DescribeImageUsageReportEntriesRequest, DescribeImageUsageReportEntriesResponse>(ServiceNames.Compute, Entries);
        router.Handle<DeleteImageUsageReportRequest, DeleteImageUsageReportResponse>(ServiceNames.Compute, Delete);
    }

    private CreateImageUsageReportResponse Create(Call call, CreateImageUsageReportRequest request)
    {
        var image = compute.Lookup.Image(call, request.ImageId);
        if (image.OwnerId != call.AccountId)
        {
            throw new CloudException("AuthFailure", $"Not authorized for image:{image.Id}", 403);
        }

        if (request.ResourceTypes is not { Count: > 0 } types)
        {
            throw CloudException.Missing("ResourceType");
        }

        if (types.Find(type => type.ResourceType is not ("ec2:Instance" or "ec2:LaunchTemplate")) is { } unknown)
        {
            throw new CloudException("InvalidParameterValue", $"Value ({unknown.ResourceType}) for parameter ResourceType is invalid.");
        }

        TagText.RefuseOthers(request.TagSpecifications, "image-usage-report");
        if (request.ClientToken is { Length: > 0 } token
            && compute.Tables.UsageReports.All.FirstOrDefault(r => r.OwnerId == call.AccountId && r.ClientToken == token) is { } before)
        {
            return new CreateImageUsageReportResponse { ReportId = before.Id };
        }

        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var report = new ImageUsageReportRecord
        {
            Id = Identifiers.New("amiur"),
            Region = call.Region,
            OwnerId = call.AccountId,
            ImageId = image.Id,
            ResourceTypes = [.. types.Select(type => type.ResourceType)],
            AccountIds = [.. request.AccountIds ?? []],
            ClientToken = string.IsNullOrEmpty(request.ClientToken) ? null : request.ClientToken,
            CreatedAt = call.Now,
            StateDue = cloud.After(call.Now, cloud.Delays.Available),
            Tags = TagText.For("image-usage-report", request.TagSpecifications),
        };
        compute.Tables.UsageReports.Put(report);
        return new CreateImageUsageReportResponse { ReportId = report.Id };
    }

    private DescribeImageUsageReportsResponse Describe(Call call, DescribeImageUsageReportsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var (items, next) = compute.Lookup.Page(
            call,
            compute.Tables.UsageReports,
            request.ReportIds,
            r => filter(r) && (request.ImageIds is not { Count: > 0 } images || images.Contains(r.ImageId)),
            request.MaxResults,
            request.NextToken);
        return new DescribeImageUsageReportsResponse
        {
            NextToken = next,
            ImageUsageReports = [.. items.Select(r => new ImageUsageReport
            {
                ReportId = r.Id,
                ImageId = r.ImageId,
                AccountIds = [.. r.AccountIds],
                ResourceTypes = [.. r.ResourceTypes.Select(type => new ImageUsageResourceType { ResourceType = type })],
                State = call.Now < r.StateDue ? "pending" : "available",
                CreationTime = r.CreatedAt.UtcDateTime,
                ExpirationTime = (r.CreatedAt + s_kept).UtcDateTime,
                Tags = TagText.ToModel(r.Tags),
            })],
        };
    }

    private DescribeImageUsageReportEntriesResponse Entries(Call call, DescribeImageUsageReportEntriesRequest request)
    {
        foreach (var id in request.ReportIds ?? [])
        {
            compute.Lookup.Find(call, compute.Tables.UsageReports, id);
        }

        return new DescribeImageUsageReportEntriesResponse { ImageUsageReportEntries = [] };
    }

    private DeleteImageUsageReportResponse Delete(Call call, DeleteImageUsageReportRequest request)
    {
        var report = compute.Lookup.Find(call, compute.Tables.UsageReports, request.ReportId);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        compute.Tables.UsageReports.Remove(report.Id);
        return new DeleteImageUsageReportResponse { Return = true };
    }
}
