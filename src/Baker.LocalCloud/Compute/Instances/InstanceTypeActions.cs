using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Instances;

/// <summary>Instance types, and where they are offered.</summary>
internal static class InstanceTypeActions
{
    private static readonly Filters<InstanceKind> s_typeFilters = new Filters<InstanceKind>()
        .Add("instance-type", k => k.Name)
        .Add("processor-info.supported-architecture", k => k.Architecture)
        .Add("vcpu-info.default-vcpus", k => k.Cpus.ToString())
        .Add("memory-info.size-in-mib", k => k.Memory.ToString())
        .AddFlag("current-generation", k => !k.IsOldGeneration)
        .AddFlag("bare-metal", _ => false)
        .AddMany("supported-usage-class", _ => ["on-demand", "spot"])
        .AddMany("supported-virtualization-type", _ => ["hvm"])
        .AddMany("supported-root-device-type", _ => ["ebs"]);

    private static readonly Filters<(InstanceKind Kind, string Location)> s_offeringFilters =
        new Filters<(InstanceKind Kind, string Location)>()
            .Add("instance-type", o => o.Kind.Name)
            .Add("location", o => o.Location);

    public static void Register(Router router)
    {
        router.Handle<DescribeInstanceTypesRequest, DescribeInstanceTypesResponse>(ServiceNames.Compute, Describe);
        router.Handle<DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResponse>(ServiceNames.Compute, DescribeOfferings);
    }

    private static DescribeInstanceTypesResponse Describe(Call call, DescribeInstanceTypesRequest request)
    {
        var wanted = request.InstanceTypes ?? [];
        if (wanted.Find(name => !InstanceKind.All.ContainsKey(name)) is { } unknown)
        {
            throw new CloudException("InvalidInstanceType", $"The following supplied instance types do not exist: [{unknown}]");
        }

        var filter = s_typeFilters.Compile(request.Filters);
        var kinds = (wanted.Count > 0 ? wanted.Select(name => InstanceKind.All[name]) : InstanceKind.All.Values)
            .Where(filter)
            .OrderBy(k => k.Name, StringComparer.Ordinal)
            .ToList();
        var (items, next) = Paging.Page(
            after => kinds.Where(k => after is null || string.CompareOrdinal(k.Name, after) > 0),
            k => k.Name,
            request.MaxResults ?? 100,
            request.NextToken);
        return new DescribeInstanceTypesResponse { NextToken = next, InstanceTypes = [.. items.Select(View)] };
    }

    private static DescribeInstanceTypeOfferingsResponse DescribeOfferings(Call call, DescribeInstanceTypeOfferingsRequest request)
    {
        var filter = s_offeringFilters.Compile(request.Filters);
        var type = request.LocationType ?? LocationType.Region;
        var offers = InstanceKind.All.Values.OrderBy(k => k.Name, StringComparer.Ordinal)
            .SelectMany(kind => LocationsOf(call.Region, type, kind).Select(location => (Kind: kind, Location: location)))
            .Where(filter)
            .ToList();
        var (items, next) = Paging.Page(
            after => offers.Where(o => after is null || string.CompareOrdinal($"{o.Kind.Name}|{o.Location}", after) > 0),
            o => $"{o.Kind.Name}|{o.Location}",
            request.MaxResults ?? 1000,
            request.NextToken);
        return new DescribeInstanceTypeOfferingsResponse
        {
            NextToken = next,
            InstanceTypeOfferings = [.. items.Select(o =>
                new InstanceTypeOffering { InstanceType = o.Kind.Name, Location = o.Location, LocationType = type })],
        };
    }

    private static IEnumerable<string> LocationsOf(string region, LocationType type, InstanceKind kind)
    {
        var zones = Places.ZonesOf(region).Where(zone => kind.Zones.Contains(zone[^1]));
        return type == LocationType.Region ? [region] : type == LocationType.AvailabilityZoneId ? zones.Select(Places.ZoneIdOf) : zones;
    }

    private static InstanceTypeInfo View(InstanceKind kind) => new()
    {
        InstanceType = kind.Name,
        CurrentGeneration = !kind.IsOldGeneration,
        FreeTierEligible = kind.Name is "t2.micro" or "t3.micro",
        BareMetal = false,
        Hypervisor = kind.IsOldGeneration || kind.Name.StartsWith("t2", StringComparison.Ordinal) ? "xen" : "nitro",
        InstanceStorageSupported = false,
        BurstablePerformanceSupported = kind.Name[0] == 't',
        HibernationSupported = false,
        DedicatedHostsSupported = false,
        AutoRecoverySupported = true,
        SupportedUsageClasses = ["on-demand", "spot"],
        SupportedRootDeviceTypes = ["ebs"],
        SupportedVirtualizationTypes = ["hvm"],
        SupportedBootModes = ["legacy-bios", "uefi"],
        ProcessorInfo = new ProcessorInfo { SupportedArchitectures = [kind.Architecture], SustainedClockSpeedInGhz = 2.5 },
        VCpuInfo = new VCpuInfo
        {
            DefaultVCpus = kind.Cpus,
            DefaultCores = Math.Max(1, kind.Cpus / 2),
            DefaultThreadsPerCore = kind.Cpus > 1 ? 2 : 1,
        },
        MemoryInfo = new MemoryInfo { SizeInMiB = kind.Memory },
        EbsInfo = new EbsInfo { EbsOptimizedSupport = "default", EncryptionSupport = "supported", NvmeSupport = "required" },
        NetworkInfo = new NetworkInfo
        {
            NetworkPerformance = "Up to 10 Gigabit",
            MaximumNetworkInterfaces = 4,
            MaximumNetworkCards = 1,
            DefaultNetworkCardIndex = 0,
            Ipv4AddressesPerInterface = 15,
            Ipv6AddressesPerInterface = 15,
            Ipv6Supported = true,
            EnaSupport = "required",
            EfaSupported = false,
        },
        PlacementGroupInfo = new PlacementGroupInfo { SupportedStrategies = ["partition", "spread"] },
    };
}
