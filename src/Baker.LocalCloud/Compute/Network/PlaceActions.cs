using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Network;

/// <summary>Regions and zones.</summary>
internal static class PlaceActions
{
    private static readonly Filters<string> s_regionFilters = new Filters<string>()
        .Add("region-name", r => r)
        .Add("endpoint", r => $"ec2.{r}.amazonaws.com")
        .Add("opt-in-status", _ => "opt-in-not-required");

    private static readonly Filters<string> s_zoneFilters = new Filters<string>()
        .Add("zone-name", z => z)
        .Add("zone-id", Places.ZoneIdOf)
        .Add("zone-type", _ => "availability-zone")
        .Add("region-name", z => z[..^1])
        .Add("group-name", z => z[..^1] + "-zg-1")
        .Add("opt-in-status", _ => "opt-in-not-required")
        .Add("state", _ => "available");

    public static void Register(Router router)
    {
        router.Handle<DescribeRegionsRequest, DescribeRegionsResponse>(ServiceNames.Compute, DescribeRegions);
        router.Handle<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResponse>(ServiceNames.Compute, DescribeZones);
    }

    private static DescribeRegionsResponse DescribeRegions(Call call, DescribeRegionsRequest request)
    {
        var filter = s_regionFilters.Compile(request.Filters);
        if (request.RegionNames?.Find(r => !Places.Regions.Contains(r)) is { } unknown)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid region: {unknown}");
        }

        return new DescribeRegionsResponse
        {
            Regions = [.. Places.Regions
                .Where(r => request.RegionNames is not { Count: > 0 } names || names.Contains(r))
                .Where(filter)
                .Select(r => new Region { RegionName = r, Endpoint = $"ec2.{r}.amazonaws.com", OptInStatus = "opt-in-not-required" })],
        };
    }

    private static DescribeAvailabilityZonesResponse DescribeZones(Call call, DescribeAvailabilityZonesRequest request)
    {
        var filter = s_zoneFilters.Compile(request.Filters);
        var zones = Places.ZonesOf(call.Region);
        if (request.ZoneNames?.Find(z => !zones.Contains(z)) is { } unknown)
        {
            throw new CloudException("InvalidParameterValue", $"Invalid availability zone: [{unknown}]");
        }

        return new DescribeAvailabilityZonesResponse
        {
            AvailabilityZones = [.. zones
                .Where(z => request.ZoneNames is not { Count: > 0 } names || names.Contains(z))
                .Where(z => request.ZoneIds is not { Count: > 0 } ids || ids.Contains(Places.ZoneIdOf(z)))
                .Where(filter)
                .Select(z => new AvailabilityZone
                {
                    ZoneName = z,
                    ZoneId = Places.ZoneIdOf(z),
                    ZoneType = "availability-zone",
                    RegionName = call.Region,
                    GroupName = call.Region + "-zg-1",
                    NetworkBorderGroup = call.Region,
                    OptInStatus = AvailabilityZoneOptInStatus.OptInNotRequired,
                    State = AvailabilityZoneState.Available,
                    Messages = [],
                })],
        };
    }
}
