using Amazon.Runtime;
using Amazon.SecurityToken.Model;
using Baker.Cloud.Pacing;
using Baker.Core.Manifest;

namespace Baker.Cloud;

/// <summary>The keys of a role in another account, taken on again before they end.</summary>
internal sealed class AccountCredentials : RefreshingAWSCredentials
{
    private static readonly TimeSpan s_early = TimeSpan.FromMinutes(5);

    private readonly CloudClients _clients;
    private readonly Pacer _pacer;
    private readonly OtherAccount _account;

    public AccountCredentials(CloudClients clients, Pacer pacer, OtherAccount account)
    {
        (_clients, _pacer, _account) = (clients, pacer, account);
        PreemptExpiryTime = s_early;
    }

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        var request = new AssumeRoleRequest { RoleArn = _account.RoleArn, RoleSessionName = SessionName };
        var reply = await _pacer.SendAsync(_clients.STS.AssumeRoleAsync, request, CancellationToken.None).ConfigureAwait(false);
        return new CredentialsRefreshState(
            reply.Credentials.GetCredentials(),
            reply.Credentials.Expiration?.ToUniversalTime() ?? throw new AmazonClientException("STS gave keys without an end."));
    }

    /// <summary>
    /// What the other account's logs, and the history of its channels, call whoever runs Baker; STS takes 64 such characters.
    /// </summary>
    private static string SessionName
    {
        get
        {
            var name = "baker-" + string.Concat(
                Environment.UserName.Where(letter => char.IsAsciiLetterOrDigit(letter) || "_+=,.@-".Contains(letter)));
            return name[..Math.Min(64, name.Length)];
        }
    }
}
