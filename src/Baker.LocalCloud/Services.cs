using Baker.LocalCloud.Alarms;
using Baker.LocalCloud.AutoScaling;
using Baker.LocalCloud.Caches;
using Baker.LocalCloud.Certificates;
using Baker.LocalCloud.Compute;
using Baker.LocalCloud.Databases;
using Baker.LocalCloud.Identity;
using Baker.LocalCloud.LaunchTemplates;
using Baker.LocalCloud.LoadBalancing;
using Baker.LocalCloud.Metering;
using Baker.LocalCloud.Notifications;
using Baker.LocalCloud.Objects;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Stores;
using Baker.LocalCloud.Systems;
using Baker.LocalCloud.Warehouses;

namespace Baker.LocalCloud;

/// <summary>Every service of the local cloud, in the order in which they are reconciled.</summary>
internal static class Services
{
    public static IReadOnlyList<ICloudService> Make(CloudContext cloud) => cloud.Report<IReadOnlyList<ICloudService>>(() =>
    {
        var compute = new ComputeService(cloud);
        var systems = new SystemsService(cloud, compute.Model);
        var objects = new ObjectService(cloud);
        systems.Runner.StoreOutput = (bucket, key, text) => objects.StoreText(bucket, key, text, cloud.Now);
        var templates = new LaunchTemplateService(cloud, compute.Model);
        var certificates = new CertificateService(cloud);
        var balancing = new LoadBalancingService(cloud, compute.Model, certificates.Store);
        certificates.Replaced = balancing.Balancer.ListenersChanged;
        var topics = new NotificationService(cloud);
        var (places, tags, engines) = (new StorePlaces(cloud, compute.Model), new StoreTags(cloud.Store), new EngineRuns(cloud));
        places.Taken.Add(() => engines.Addresses);
        var databases = new DatabaseService(cloud, places, tags, engines);
        var caches = new CacheService(cloud, places, tags, engines);
        var warehouses = new WarehouseService(cloud, places, tags, engines);
        compute.Model.Interfaces.OfOthers = region => BalancerInterfaces.Of(balancing.Tables, region)
            .Concat(databases.Interfaces(region))
            .Concat(caches.Interfaces(region))
            .Concat(warehouses.Interfaces(region));
        var alarms = new AlarmService(cloud);
        var groups = new AutoScalingService(cloud, compute.Model, templates, balancing, alarms);
        compute.Model.TargetStateOf = groups.Tables.TargetStateOf;
        new AlarmWiring(topics, groups.Scaler).Connect(alarms.States);
        groups.Refreshes.IsInAlarm = alarms.IsInAlarm;
        return
        [
            compute,
            systems,
            objects,
            new TokenService(cloud),
            new AccessService(cloud, compute.Model),
            templates,
            certificates,
            balancing,
            topics,
            alarms,
            groups,
            databases,
            caches,
            warehouses,
            new MeteringService(cloud, compute.Model, balancing, groups.Tables, alarms.Metrics),
        ];
    });
}
