using System.Net;
using System.Text;
using System.Web;

namespace Baker.Cloud.Tests.Configuration;

/// <summary>Answers of services of AWS's Query protocol, by action, as their documentation has them; it counts what it was asked.</summary>
internal sealed class ScriptedServices : HttpMessageHandler
{
    private readonly Dictionary<string, string> _answers = [];

    /// <summary>The bodies of what it was asked.</summary>
    public List<string> Asked { get; } = [];

    /// <param name="result">What is in the action's <c>Result</c>.</param>
    public ScriptedServices Answer(string action, string result)
    {
        _answers[action] = result;
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        lock (Asked)
        {
            Asked.Add(body);
        }

        var action = HttpUtility.ParseQueryString(body)["Action"]!;
        var result = _answers.GetValueOrDefault(action, "");
        var text = $"<{action}Response><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>";
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "text/xml"), RequestMessage = request };
    }
}
