using System.Globalization;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement;
using Amazon.SimpleSystemsManagement.Model;
using Baker.Cloud.Waiting;
using Baker.Core.Discovery;
using Baker.Core.Manifest;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Faults;
using Baker.LocalCloud.Routing;

namespace Baker.Cloud.Tests.Discovery;

/// <summary>
/// Five hundred nodes that follow the catalogue in SSM as docs/services.md says, under an account's quotas and in virtual time: fifty
/// services, each on ten nodes and needed by twenty. The figures are those of bench/README.md.
/// </summary>
internal sealed class CatalogLoadTests
{
    private const int Nodes = 500;
    private const int Services = 50;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);

    private readonly HurriedTime _time = new(0);
    private readonly PriorityQueue<Func<Task>, (TimeSpan At, int Order)> _next = new();
    private readonly Random _random = new(7);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baker-load-");
    private readonly CatalogPath _path = new(null);
    private LocalCloud.LocalCloud _cloud = null!;
    private HttpMessageHandler _handler = null!;
    private CloudClients _clients = null!;
    private IReadOnlyDictionary<string, CallCount> _before = null!;
    private TimeSpan _now;
    private int _order;

    [SetUp]
    public async Task OpenAsync()
    {
        _cloud = await LocalCloud.LocalCloud.OpenAsync(
            new LocalCloudOptions { StateFolder = Path.Combine(_folder.FullName, ".package"), Execute = false, Time = _time },
            CancellationToken.None);
        _handler = _cloud.CreateHandler();
        _clients = new CloudClients(
            new CloudConnection { Name = "local", Pace = PollPace.Local, Credentials = new BasicAWSCredentials("local", "local"), ServiceUrl = new Uri("http://local.invalid/"), Handler = _handler },
            "us-east-1");
        for (var node = 0; node < Nodes; node++)
        {
            await PutAsync(EntryOf(node));
            await TellAsync(EntryOf(node));
        }

        _cloud.UseFaults(FaultPlan.Parse("parameter-quotas"));
    }

    [TearDown]
    public async Task CloseAsync()
    {
        _clients.Dispose();
        _handler.Dispose();
        await _cloud.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Quiet_FiveHundredNodes_StayUnderTheQuota()
    {
        var nodes = Start();
        await RunAsync(until: TimeSpan.FromMinutes(5));

        Report("quiet", TimeSpan.FromMinutes(5), nodes);
        Assert.That(Count("GetParameter"), Is.EqualTo((Nodes * 20L, 0L)));
        Assert.That(nodes.Sum(node => node.Converges.Count), Is.Zero);
    }

    [Test]
    public async Task OneChange_IsReadByThoseWhoNeedIt()
    {
        var nodes = Start();
        await RunAsync(until: TimeSpan.FromSeconds(30));
        At(TimeSpan.FromSeconds(31), () => ChangeAsync(123));
        await RunAsync(until: TimeSpan.FromSeconds(62));

        var dependents = nodes.Where(node => node.Needs.Contains(123 % Services)).ToList();
        Report("one change", TimeSpan.FromSeconds(62), nodes);
        Assert.That(dependents, Has.Count.EqualTo(20));
        Assert.That(nodes.Where(node => node.Converges.Count > 0), Is.EquivalentTo(dependents));
        Assert.That(dependents.Select(node => node.Converges.Count), Is.All.EqualTo(1));
        Assert.That(dependents.Select(node => node.Converges[0]), Is.All.LessThanOrEqualTo(TimeSpan.FromSeconds(31) + s_interval));
        Assert.That(Count("PutParameter").Calls, Is.EqualTo(2));
        Assert.That(Count("GetParametersByPath").Calls, Is.EqualTo(20), "ten entries are one page");
        Assert.That(Count("GetParameterHistory").Calls, Is.Zero);
    }

    [TestCase(60)]
    [TestCase(1000, Explicit = true, Reason = "the figures of bench/README.md; minutes of calls")]
    public async Task Storm_OfAMinute_LeadsToOneConvergeANodeAndInterval(int changes)
    {
        var nodes = Start();
        await RunAsync(until: s_interval);
        var (written, last) = (0, TimeSpan.Zero);
        for (var change = 0; change < changes; change++)
        {
            var node = change % Nodes;
            At(s_interval + (TimeSpan.FromMinutes(1) * change / changes), async () =>
            {
                await ChangeAsync(node, onDone: () =>
                {
                    written++;
                    last = _now;
                });
            });
        }

        while (written < changes)
        {
            await RunAsync(until: _now + s_interval);
        }

        bool IsSettled() => nodes.TrueForAll(node => node.Seen == Nodes + changes && node.Pending.Count == 0);
        while (!IsSettled() && _now < last + TimeSpan.FromMinutes(10))
        {
            await RunAsync(until: _now + TimeSpan.FromSeconds(1));
        }

        Report($"{changes} changes offered in a minute, written after {last - s_interval:m\\:ss}, known to all {(_now - last).TotalSeconds:0} s later", _now, nodes);
        Assert.That(IsSettled(), "everybody has read the last change");
        foreach (var node in nodes)
        {
            Assert.That(node.Converges.Zip(node.Converges.Skip(1), (one, next) => next - one), Is.All.GreaterThanOrEqualTo(s_interval));
        }
    }

    private List<Follower> Start()
    {
        _before = _cloud.Status().Calls;
        var nodes = Enumerable.Range(0, Nodes).Select(number => new Follower(number, Nodes)).ToList();
        foreach (var node in nodes)
        {
            // Spread over the interval, as nodes that begin at different times are.
            At(s_interval * node.Number / Nodes, () => LookAsync(node, backoff: 1));
        }

        return nodes;
    }

    /// <summary>One look of a node; what is refused is tried again, and what it knows by then is not asked for twice.</summary>
    private async Task LookAsync(Follower node, double backoff)
    {
        try
        {
            if (node.Pending.Count == 0)
            {
                var version = (await _clients.SSM.GetParameterAsync(new GetParameterRequest { Name = _path.Version })).Parameter;
                IReadOnlyCollection<ServiceName>? changed = (version.Version - node.Seen) switch
                {
                    0 => [],
                    1 => [CatalogChange.TryParse(version.Value)!.Service],
                    _ => await ChangedSinceAsync(node.Seen),
                };
                var mine = changed?.Where(service => node.Needs.Contains(NumberOf(service))) ?? node.Needs.Select(NameOf);
                (node.Pending, node.Seen) = ([.. mine], version.Version ?? 0);
                node.Converging = node.Pending.Count > 0;
            }

            while (node.Pending is [var service, ..])
            {
                await _clients.SSM.GetParametersByPathAsync(new GetParametersByPathRequest { Path = _path.Of(service), Recursive = true, MaxResults = 10 });
                node.Pending.RemoveAt(0);
            }

            if (node.Converging)
            {
                node.Converging = false;
                node.Converges.Add(_now);
            }

            At(_now + s_interval, () => LookAsync(node, backoff: 1));
        }
        catch (AmazonSimpleSystemsManagementException error) when (error.ErrorCode == "ThrottlingException")
        {
            At(_now + Jitter(backoff), () => LookAsync(node, Math.Min(backoff * 2, 15)));
        }
    }

    /// <summary>The services that have changed since a version; null where SSM does not have all of that any more.</summary>
    private async Task<IReadOnlyCollection<ServiceName>?> ChangedSinceAsync(long seen)
    {
        var all = new List<ParameterHistory>();
        var request = new GetParameterHistoryRequest { Name = _path.Version, MaxResults = 50 };
        do
        {
            var page = await _clients.SSM.GetParameterHistoryAsync(request);
            all.AddRange(page.Parameters);
            request.NextToken = page.NextToken;
        }
        while (request.NextToken is not null);

        return all.Exists(each => each.Version <= seen + 1)
            ? all.Where(each => each.Version > seen).Select(each => CatalogChange.TryParse(each.Value)!.Service).ToHashSet()
            : null;
    }

    /// <summary>A node's change: it looks at its entry, writes it, and counts the change; each is tried again where it is refused.</summary>
    private async Task ChangeAsync(int node, int step = 0, double backoff = 1, Action? onDone = null)
    {
        try
        {
            var entry = EntryOf(node) with { State = ServiceState.Leaving };
            for (; step < 3; step++)
            {
                Task call = step switch
                {
                    0 => _clients.SSM.GetParameterAsync(new GetParameterRequest { Name = _path.Entry(entry.Service, entry.Instance) }),
                    1 => PutAsync(entry),
                    _ => TellAsync(entry),
                };
                await call;
            }

            onDone?.Invoke();
        }
        catch (AmazonSimpleSystemsManagementException error) when (error.ErrorCode == "ThrottlingException")
        {
            At(_now + Jitter(backoff), () => ChangeAsync(node, step, Math.Min(backoff * 2, 20), onDone));
        }
    }

    private Task<PutParameterResponse> PutAsync(ServiceEntry entry) => _clients.SSM.PutParameterAsync(
        new PutParameterRequest { Name = _path.Entry(entry.Service, entry.Instance), Value = entry.ToText(), Type = ParameterType.String, Overwrite = true });

    private Task<PutParameterResponse> TellAsync(ServiceEntry entry) => _clients.SSM.PutParameterAsync(
        new PutParameterRequest { Name = _path.Version, Value = new CatalogChange(entry.Service, entry.Instance, entry.State).ToText(), Type = ParameterType.String, Overwrite = true });

    private void At(TimeSpan at, Func<Task> work) => _next.Enqueue(work, (at, _order++));

    private async Task RunAsync(TimeSpan until)
    {
        while (_next.TryPeek(out var work, out var place) && place.At < until)
        {
            _next.Dequeue();
            _time.Skip(place.At - _now);
            _now = place.At;
            await work();
        }

        _time.Skip(until - _now);
        _now = until;
    }

    private TimeSpan Jitter(double backoff) => TimeSpan.FromSeconds(backoff * (0.5 + _random.NextDouble()));

    private (long Calls, long Throttled) Count(string action) =>
        _cloud.Status().Calls.TryGetValue($"ssm:{action}", out var count)
            ? (count.Calls - (_before.GetValueOrDefault($"ssm:{action}")?.Calls ?? 0), count.Throttled)
            : (0, 0);

    private void Report(string what, TimeSpan time, List<Follower> nodes)
    {
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}; {time.TotalMinutes:0.00} minutes"));
        foreach (var action in new[] { "GetParameter", "GetParametersByPath", "GetParameterHistory", "PutParameter" })
        {
            var (calls, throttled) = Count(action);
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {action}: {calls} calls, {throttled} refused, {calls / time.TotalMinutes:0} a minute"));
        }

        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  converges: {nodes.Sum(node => node.Converges.Count)}, {nodes.Max(node => node.Converges.Count)} at most on a node"));
    }

    private static ServiceName NameOf(int service) => ServiceName.Parse(string.Create(CultureInfo.InvariantCulture, $"s{service}"));

    private static int NumberOf(ServiceName service) => int.Parse(service.ToString()[1..], CultureInfo.InvariantCulture);

    private static ServiceEntry EntryOf(int node) => new()
    {
        Service = NameOf(node % Services),
        Group = GroupName.Parse("www"),
        Instance = string.Create(CultureInfo.InvariantCulture, $"i-{node:x17}"),
        Address = string.Create(CultureInfo.InvariantCulture, $"10.0.{node / 250}.{(node % 250) + 1}"),
        Port = 80,
        Since = new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero),
    };

    /// <summary>A node that needs the two services after its own.</summary>
    private sealed class Follower(int number, long seen)
    {
        public int Number => number;

        public int[] Needs { get; } = [(number + 1) % Services, (number + 2) % Services];

        public long Seen { get; set; } = seen;

        /// <summary>What has changed and is not read yet.</summary>
        public List<ServiceName> Pending { get; set; } = [];

        public bool Converging { get; set; }

        public List<TimeSpan> Converges { get; } = [];
    }
}
