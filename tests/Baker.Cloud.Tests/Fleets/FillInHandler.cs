using System.Net;
using System.Text;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>Answers in moto's place the two questions that moto 5.2.1 has no answer to: nothing is there.</summary>
internal sealed class FillInHandler() : DelegatingHandler(new HttpClientHandler())
{
    private static readonly string[] s_missing = ["DescribeNotificationConfigurations", "DescribeInstanceRefreshes"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (Array.Find(s_missing, name => body.Contains($"Action={name}&", StringComparison.Ordinal)) is not { } action)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var xml = $"<{action}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><{action}Result/><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>";
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(xml, Encoding.UTF8, "text/xml"), RequestMessage = request };
    }
}
