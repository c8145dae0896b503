using System.Globalization;
using Amazon.Runtime;
using Baker.Cloud.Waiting;

namespace Baker.Cloud.Tests;

/// <summary>An empty account of the moto server for one test: a cloud that nobody here wrote.</summary>
[SetUpFixture]
internal sealed class MotoAccount
{
    private static int s_accounts;

    public static async Task<CloudSession> OpenAsync() => new(await ConnectAsync(), Timings.None(), TimeProvider.System);

    public static async Task<CloudConnection> ConnectAsync()
    {
        var url = await MotoServer.UrlAsync();
        var account = Interlocked.Increment(ref s_accounts).ToString("D12", CultureInfo.InvariantCulture);
        return new CloudConnection
        {
            Name = "aws",
            Credentials = new BasicAWSCredentials("test", "test"),
            ServiceUrl = url,
            Handler = new AccountHandler(account),
        };
    }

    [OneTimeTearDown]
    public void Stop() => MotoServer.Stop();

    /// <summary>Names the account in the header that moto takes it from.</summary>
    private sealed class AccountHandler(string account) : DelegatingHandler(new HttpClientHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("x-moto-account-id", account);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
