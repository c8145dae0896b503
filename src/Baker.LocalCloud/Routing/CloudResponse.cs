using System.Text;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Routing;

/// <summary>An HTTP response, whichever way it goes. Who has sent it disposes of its body.</summary>
internal sealed record CloudResponse(int Status, ReplyBytes Body)
{
    public CloudResponse(int status, byte[] body)
        : this(status, new ReplyBytes(body))
    {
    }

    public List<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The call was carried out, but its caller never hears of it: the connection breaks.</summary>
    public bool IsLost { get; init; }

    public static CloudResponse Text(int status, string contentType, string text) =>
        new(status, Encoding.UTF8.GetBytes(text)) { Headers = { new("Content-Type", contentType) } };

    public static CloudResponse Xml(int status, string text) => Text(status, "text/xml;charset=UTF-8", text);
}
