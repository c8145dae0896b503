using System.Collections.Immutable;
using System.Net;
using Baker.Core;
using Baker.Core.Merging;

namespace Baker.Cloud.Communicators;

/// <summary>Who may connect to a bake's instance: those whom the group names, else the caller's address alone.</summary>
internal static class CallerRanges
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <param name="question">The address that answers with the caller's own (<c>public_address_url</c>).</param>
    /// <exception cref="BakerException">Nothing says who the caller is.</exception>
    public static async Task<ImmutableArray<string>> OfAsync(NodeGroup group, SshReach reach, Uri? question, CancellationToken stop) =>
        !group.Ssh.SourceRanges.IsEmpty ? group.Ssh.SourceRanges
        : reach.CallerAddress is { } known ? [Only(IPAddress.Parse(known))]
        : group.Ssh.Interface is "private_ip" or "private_dns" ? throw Unknown(
            group,
            "it is connected to at its private address, where the caller has another one than on the internet")
        : question is null ? throw Unknown(group, "nothing says which address the caller has")
        : [Only(await AskAsync(group, question, stop).ConfigureAwait(false))];

    private static string Only(IPAddress address) =>
        $"{address}/{(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32)}";

    private static async Task<IPAddress> AskAsync(NodeGroup group, Uri question, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = s_limit, MaxResponseContentBufferSize = 4096 };
        try
        {
            var answer = (await client.GetStringAsync(question, stop).ConfigureAwait(false)).Trim();
            return IPAddress.TryParse(answer, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
                ? address
                : throw Unknown(group, $"{question} answers with no address");
        }
        catch (Exception error) when (error is HttpRequestException or InvalidOperationException
            || (error is TaskCanceledException && !stop.IsCancellationRequested))
        {
            throw Unknown(group, $"{question} does not answer ({error.Message})");
        }
    }

    private static BakerException Unknown(NodeGroup group, string why) => new(
        ExitCode.BadInput,
        $"{group.Name} is baked over SSH, and it is not known whom to let in: {why}.",
        "Name the addresses: \"temporary_security_group_source_cidrs\": [\"203.0.113.7/32\"] in the group, "
            + "or \"public_address_url\": \"https://checkip.amazonaws.com\" in __settings__.");
}
