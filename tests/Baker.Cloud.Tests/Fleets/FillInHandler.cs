using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;

namespace Baker.Cloud.Tests.Fleets;

/// <summary>
/// Answers in moto's place what moto 5.2.1 has no answer to: nothing is there; and the invocations of a command are those
/// of its instances, all as the command itself is. A scaling policy's ARN, which moto leaves out where it is made, is looked up.
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
        if (body.Contains("Action=PutScalingPolicy&", StringComparison.Ordinal))
        {
            return await PolicyAsync(request, body, cancellationToken);
        }

        if (Array.Find(s_missing, name => body.Contains($"Action={name}&", StringComparison.Ordinal)) is not { } action)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        return Answer(action, "", request);
    }

    /// <summary>moto makes the policy, and does not say what it is called.</summary>
    private async Task<HttpResponseMessage> PolicyAsync(HttpRequestMessage request, string body, CancellationToken stop)
    {
        using var made = await base.SendAsync(request, stop);
        var names = body.Split('&').Where(part => part.StartsWith("AutoScalingGroupName=", StringComparison.Ordinal) || part.StartsWith("PolicyName=", StringComparison.Ordinal))
            .Select(part => part.Replace("PolicyName=", "PolicyNames.member.1=", StringComparison.Ordinal));
        using var ask = new HttpRequestMessage(request.Method, request.RequestUri);
        foreach (var header in request.Headers)
        {
            ask.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        ask.Content = new StringContent($"Action=DescribePolicies&Version=2011-01-01&{string.Join('&', names)}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var reply = await base.SendAsync(ask, stop);
        var arn = (await reply.Content.ReadAsStringAsync(stop)).Split("<PolicyARN>")[^1].Split("</PolicyARN>")[0];
        return Answer("PutScalingPolicy", $"<PolicyARN>{arn}</PolicyARN>", request);
    }

    private static HttpResponseMessage Answer(string action, string result, HttpRequestMessage request)
    {
        var xml = $"<{action}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>";
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
