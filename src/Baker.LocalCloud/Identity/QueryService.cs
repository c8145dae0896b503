using System.Text;
using System.Xml.Linq;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Identity;

/// <summary>A service of the query protocol with so few actions that they are written by hand.</summary>
internal abstract class QueryService(string name, XNamespace xmlNamespace) : ICloudService, IRawService
{
    protected XNamespace Xml => xmlNamespace;

    public void Register(Router router) => router.HandleRaw(name, this);

    public void Reconcile(DateTimeOffset now)
    {
    }

    public string ActionOf(CloudRequest request) => Parameters(request).GetValueOrDefault("Action", "Unknown");

    public CloudResponse Answer(Call call, CloudRequest request)
    {
        var result = Result(call, request, Parameters(request))
            ?? throw new CloudException("InvalidAction", $"Could not find operation {call.Action} for version 2011-06-15");
        return CloudResponse.Xml(200, new XElement(xmlNamespace + (call.Action + "Response"), result, new XElement(
            xmlNamespace + "ResponseMetadata",
            new XElement(xmlNamespace + "RequestId", call.RequestId))).ToString());
    }

    public CloudResponse AnswerError(CloudException error, string requestId) => CloudResponse.Xml(
        error.Status,
        new XElement(xmlNamespace + "ErrorResponse",
            new XElement(
                xmlNamespace + "Error",
                new XElement(xmlNamespace + "Type", error.Status < 500 ? "Sender" : "Receiver"),
                new XElement(xmlNamespace + "Code", error.Code),
                new XElement(xmlNamespace + "Message", error.Message)),
            new XElement(xmlNamespace + "RequestId", requestId)).ToString());

    /// <summary>The element named for the action's result; null where there is no such action.</summary>
    protected abstract XElement? Result(Call call, CloudRequest request, IReadOnlyDictionary<string, string> parameters);

    private static Dictionary<string, string> Parameters(CloudRequest request)
    {
        var text = request.Body.Length > 0 ? Encoding.UTF8.GetString(request.Body) : request.Query;
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)))
        {
            parameters[Uri.UnescapeDataString(pair[0])] = pair.Length > 1 ? Uri.UnescapeDataString(pair[1].Replace('+', ' ')) : "";
        }

        return parameters;
    }
}
