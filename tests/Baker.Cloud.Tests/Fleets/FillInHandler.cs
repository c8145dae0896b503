using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>
/// Answers in moto's place what moto 5.2.1 has no answer to: nothing is there; and the invocations of a command are those
/// of its instances, all as the command itself is.
/// </summary>
internal sealed class FillInHandler(HttpMessageHandler moto) : DelegatingHandler(moto)
{
    private static readonly string[] s_missing = ["DescribeNotificationConfigurations", "DescribeInstanceRefreshes"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.TryGetValues("X-Amz-Target", out var targets) && targets.First() == "AmazonSSM.ListCommandInvocations")
        {
            return await InvocationsAsync(request, cancellationToken);
        }

        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (Array.Find(s_missing, name => body.Contains($"Action={name}&", StringComparison.Ordinal)) is not { } action)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var xml = $"<{action}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><{action}Result/><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>";
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(xml, Encoding.UTF8, "text/xml"), RequestMessage = request };
    }

    private async Task<HttpResponseMessage> InvocationsAsync(HttpRequestMessage request, CancellationToken stop)
    {
        var id = (string)JObject.Parse(await request.Content!.ReadAsStringAsync(stop))["CommandId"]!;
        request.Headers.Remove("X-Amz-Target");
        request.Headers.Add("X-Amz-Target", "AmazonSSM.ListCommands");
        request.Content = new StringContent(new JObject { ["CommandId"] = id }.ToString(), Encoding.UTF8, "application/x-amz-json-1.1");
        var reply = await base.SendAsync(request, stop);
        var command = JObject.Parse(await reply.Content.ReadAsStringAsync(stop))["Commands"]![0]!;
        var invocations = command["InstanceIds"]!.Select(instance => new JObject { ["CommandId"] = id, ["InstanceId"] = instance, ["Status"] = command["Status"] });
        reply.Content = new StringContent(new JObject { ["CommandInvocations"] = new JArray(invocations) }.ToString(), Encoding.UTF8, "application/x-amz-json-1.1");
        return reply;
    }
}
