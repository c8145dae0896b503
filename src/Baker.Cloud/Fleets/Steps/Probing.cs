using System.Globalization;
using Amazon.EC2.Model;
using Baker.Core.Planning;

namespace Baker.Cloud.Fleets.Steps;

/// <summary>Asks a canary's addresses and scripts whether the new fleet is good.</summary>
internal sealed class Probing(FleetRun run, FleetStep.Watch step)
{
    private const string Address = "{{address}}";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public Task<CanaryVerdict> AskAsync(CanaryCheck check, CancellationToken stop) => check.Measure == CanaryMeasure.Script
        ? ScriptAsync(check, stop)
        : ProbeAsync(check, stop);

    private async Task<CanaryVerdict> ProbeAsync(CanaryCheck check, CancellationToken stop)
    {
        var isOfNodes = check.Metric.Contains(Address, StringComparison.Ordinal);
        var addresses = isOfNodes ? await AddressesAsync(stop).ConfigureAwait(false) : [""];
        var urls = addresses.ConvertAll(each => check.Metric.Replace(Address, each, StringComparison.Ordinal));
        using var handler = new SocketsHttpHandler { UseProxy = !isOfNodes, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = s_patience };
        var answers = await Task.WhenAll(urls.Select(url => AnswerAsync(client, url, check.Status, stop))).ConfigureAwait(false);
        var bad = answers.OfType<string>().ToList();
        return bad.Count == 0
            ? new CanaryVerdict(
                string.Create(CultureInfo.InvariantCulture, $"{check.Metric}: {urls.Count} of {urls.Count} answer"),
                IsBad: false,
                IsQuiet: urls.Count == 0)
            : new CanaryVerdict(string.Join("; ", bad), IsBad: true, IsQuiet: false);
    }

    /// <summary>Null where it is good.</summary>
    private static async Task<string?> AnswerAsync(HttpClient client, string url, int? status, CancellationToken stop)
    {
        try
        {
            using var reply = await client.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
            var code = (int)reply.StatusCode;
            return (status is { } wanted ? code == wanted : code is >= 200 and < 400) ? null
                : string.Create(CultureInfo.InvariantCulture, $"{url} answers {code}");
        }
        catch (HttpRequestException error)
        {
            return $"{url} does not answer: {error.Message}";
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"{url} does not answer within {DurationText.Of(s_patience)}";
        }
    }

    private async Task<List<string>> AddressesAsync(CancellationToken stop)
    {
        var serving = ((await run.Reader.FindAsync(step.Name, stop).ConfigureAwait(false))?.Instances ?? [])
            .Where(each => each.LifecycleState?.Value == "InService")
            .Select(each => each.InstanceId)
            .ToList();
        var addresses = new List<string>();
        foreach (var ids in serving.Chunk(100))
        {
            var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = [.. ids] }] };
            var reply = await run.Context.Pacer.SendAsync(run.Context.Clients.EC2.DescribeInstancesAsync, request, stop)
                .ConfigureAwait(false);
            addresses.AddRange((reply.Reservations ?? [])
                .SelectMany(reservation => reservation.Instances)
                .Select(instance => instance.PrivateIpAddress)
                .Where(address => !string.IsNullOrEmpty(address)));
        }

        return addresses;
    }

    private async Task<CanaryVerdict> ScriptAsync(CanaryCheck check, CancellationToken stop)
    {
        var (code, text) = run.Target.Judges is not { } judges
            ? (null, "nothing runs scripts here")
            : await judges.RunAsync(
                check.Metric,
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["BAKER_GROUP"] = run.Journal.Group,
                    ["BAKER_ENVIRONMENT"] = run.Context.Scope.Environment?.ToString() ?? "",
                    ["BAKER_REGION"] = run.Context.Clients.Region,
                    ["BAKER_OLD"] = run.Journal.Old!,
                    ["BAKER_NEW"] = step.Name,
                    ["BAKER_PERCENT"] = step.Step.Percent.ToString(CultureInfo.InvariantCulture),
                    ["BAKER_SINCE"] = TimeText.Of(run.StepBegan),
                },
                stop).ConfigureAwait(false);
        var ended = code is { } number ? string.Create(CultureInfo.InvariantCulture, $"exit code {number}") : "it cannot judge";
        return new CanaryVerdict($"{check.Metric}: {ended}{(text.Length == 0 ? "" : $": {text}")}", IsBad: code != 0, IsQuiet: false);
    }
}
