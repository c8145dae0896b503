using Amazon.Runtime;
using Baker.Cloud.Communicators;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Artifacts;
using Baker.Core.Merging;

namespace Baker.Cloud.Instances;

/// <summary>Converges nodes over SSH, with the operator's key.</summary>
public sealed class SshDeploy : INodeDeploy
{
    /// <summary>Of what a node prints the end is kept, as much as SSM keeps.</summary>
    private const int KeptOutput = 24_000;

    /// <summary>A node that runs answers at once, or not at all.</summary>
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromMinutes(1);

    private readonly FleetContext _context;
    private readonly NodeGroup _group;
    private readonly string _run;
    private readonly SshSettings _settings;
    private readonly Lazy<byte[]> _payload;
    private readonly ReadOnlyMemory<byte> _secret;

    /// <exception cref="BakerException">Nothing says which key to log in with.</exception>
    public SshDeploy(FleetContext context, BakeInput input, string run)
    {
        (_context, _group, _run) = (context, input.Group, run);
        _settings = OperatorsKey.Of(_group, "instance:deploy");
        _settings = _settings with { Timeout = _settings.Timeout < s_connectLimit ? _settings.Timeout : s_connectLimit };
        _payload = new Lazy<byte[]>(() => Payload.Pack(input));
        _secret = input.DataBagSecret;
    }

    public async Task<List<DeployResult>> ToAllAsync(int atOnce, int maxErrors, CancellationToken stop)
    {
        var nodes = await new InstanceReader(_context).ReadAsync([_group.Name], stop).ConfigureAwait(false);
        var ids = nodes.Where(node => node.State == "running").Select(node => node.Id).Order(StringComparer.Ordinal).ToList();
        var results = await ToAsync(ids, atOnce, maxErrors, stop).ConfigureAwait(false);
        results.AddRange(ids.Except(results.Select(result => result.Instance))
            .Select(id => new DeployResult(_group.Name, id, DeployResult.NotBegun, ""))
            .ToList());
        return results;
    }

    public async Task<List<DeployResult>> ToAsync(IReadOnlyCollection<string> nodes, int atOnce, int maxErrors, CancellationToken stop)
    {
        using var identity = SshIdentity.Of(_settings, _context.Clients.Ssh);
        using var places = new SemaphoreSlim(atOnce);
        var results = new List<DeployResult>();
        await Task.WhenAll(nodes.Select(ConvergeInTurnAsync)).ConfigureAwait(false);
        return results;

        async Task ConvergeInTurnAsync(string node)
        {
            await places.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                lock (results)
                {
                    if (results.Count(result => result.IsFailed) > maxErrors)
                    {
                        return;
                    }
                }

                var result = await ConvergeAsync(node, identity, stop).ConfigureAwait(false);
                lock (results)
                {
                    results.Add(result);
                    _context.Say(
                        $"{_group.Name}: {results.Count} of {nodes.Count} "
                            + $"done{(results.Count(each => each.IsFailed) is > 0 and var failed ? $", {failed} failed" : "")}");
                }
            }
            finally
            {
                places.Release();
            }
        }
    }

    private async Task<DeployResult> ConvergeAsync(string node, SshIdentity identity, CancellationToken stop)
    {
        var target = new SshTarget(node, _group.Name, _settings, $"{ProvisionCommand.Root}/deploy-{_run}");
        var communicator = new SshCommunicator(_context.Clients, _context.Pacer, _context.Time, target, identity, text =>
            _context.Say($"{_group.Name}: {text}"));
        await using var closing = communicator.ConfigureAwait(false);
        try
        {
            await communicator.UntilReadyAsync(stop).ConfigureAwait(false);
            await communicator.SendAsync(_payload.Value, stop).ConfigureAwait(false);
            if (!_secret.IsEmpty)
            {
                await communicator.SendSecretAsync(_secret, stop).ConfigureAwait(false);
            }

            var output = new OutputTail(KeptOutput);
            var (code, _) = await communicator.RunAsync(output.Add, stop).ConfigureAwait(false);
            var printed = output.ToString();
            return code == 0
                ? new DeployResult(_group.Name, node, "Success", DeployResult.KeptIn(printed))
                : new DeployResult(_group.Name, node, "Failed", printed);
        }
        catch (Exception error) when (error is LinkException || (!stop.IsCancellationRequested && CloudFailure.IsOutside(error)))
        {
            return new DeployResult(
                _group.Name,
                node,
                DeployResult.Unreachable,
                error is BakerException { Remedy: { } remedy } ? $"{error.Message}\n{remedy}" : error.Message);
        }
    }
}
