using System.Net.Http.Headers;
using System.Text;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Cloud.Fleets;
using Baker.Core;
using Baker.Core.Merging;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Fleets;

/// <summary>
/// Tells the topics and addresses of the groups' <c>notifications</c> of a change. Whoever is not reached is said: the change neither
/// fails for it nor waits longer than a few seconds.
/// </summary>
internal sealed class ChangeNotifications(Session session, FleetSession fleet, IReadOnlyList<NodeGroup> groups, Action<string> say)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private readonly List<string> _targets = [.. groups.SelectMany(group => group.Notifications).Distinct()];

    /// <param name="when"><c>begin</c>, <c>failure</c> or <c>end</c>.</param>
    /// <param name="text">For people, a line.</param>
    /// <param name="more">For programs.</param>
    public async Task SendAsync(string when, string text, JObject more)
    {
        if (_targets.Count == 0)
        {
            return;
        }

        var line = session.Masks.In(text);
        var message = new JObject { ["when"] = when, ["text"] = line };
        message.Merge(more);
        var body = session.Masks.In(message.Indented());
        using var bound = new CancellationTokenSource(s_patience, session.Time); // also where the change was interrupted
        var stop = bound.Token;
        await Task.WhenAll(_targets.Select(target => OneAsync(target, $"{fleet.Run}-{when}", line, body, stop))).ConfigureAwait(false);
    }

    private async Task OneAsync(string target, string id, string line, string body, CancellationToken stop)
    {
        try
        {
            if (target.StartsWith("arn:", StringComparison.Ordinal))
            {
                await new TopicMessages(fleet.Cloud).SendAsync(target, line, body, id, stop).ConfigureAwait(false);
            }
            else
            {
                await PostAsync(new Uri(target), body, stop).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (CloudFailure.IsOutside(error)
            || error is HttpRequestException or BakerException or OperationCanceledException)
        {
            var why = error is OperationCanceledException
                ? FormattableString.Invariant($"there was no answer within {s_patience.TotalSeconds} s")
                : (error is HttpRequestException ? error.Message : CloudFailure.Explain(error)?.Message ?? error.Message).TrimEnd('.');
            say($"{Shown(target)} was not notified: {why}.");
        }
    }

    private static async Task PostAsync(Uri address, string body, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = !address.IsLoopback, AllowAutoRedirect = false });
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException(FormattableString.Invariant($"it answered {(int)answer.StatusCode}"));
        }
    }

    // The path of a webhook's address is as good as its password.
    private static string Shown(string target) =>
        target.StartsWith("arn:", StringComparison.Ordinal) ? target : new Uri(target).GetLeftPart(UriPartial.Authority);
}
