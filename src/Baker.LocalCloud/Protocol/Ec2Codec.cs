using Amazon.Runtime;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>EC2's variant of the query protocol: flat lists, bare responses, unknown parameters refused.</summary>
internal sealed class Ec2Codec(ServiceModel model) : ServiceCodec(model)
{
    // Every request has them; no shape does. The last five sign a request by its query.
    private static readonly string[] s_common =
    [
        "Action", "Version", "AWSAccessKeyId", "SignatureMethod", "SignatureVersion", "Signature", "Timestamp",
    ];

    public override string ContentType => "text/xml;charset=UTF-8";

    public override byte[] EncodeError(string code, string message, int status, string requestId) => XmlText.Document(xml =>
    {
        xml.WriteStartElement("Response");
        xml.WriteStartElement("Errors");
        xml.WriteStartElement("Error");
        xml.WriteElementString("Code", code);
        xml.WriteElementString("Message", message);
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteElementString("RequestID", requestId);
        xml.WriteEndElement();
    });

    private protected override AmazonWebServiceRequest Decode(Operation operation, ReadOnlyMemory<byte> body)
    {
        var root = Parameter.Tree(SecurityGroupRule.Modern(operation.Name, FormText.Read(body)), "UnknownParameter");
        foreach (var name in s_common)
        {
            root.Take(name);
        }

        var request = operation.Read(new QueryReader(root, ec2: true));
        if (root.Unknown() is { } unknown)
        {
            throw new WireException("UnknownParameter", $"The parameter {unknown} is not recognized");
        }

        PageSize.Check("InvalidParameterValue", root);

        foreach (var name in operation.RequiredNames.Select(Ec2Name.Parameter).Where(name => !root.Has(name)))
        {
            throw new WireException("MissingParameter", $"The request must contain the parameter {name}");
        }

        return request;
    }

    private protected override ReplyBytes Write(Operation operation, AmazonWebServiceResponse response, string requestId) =>
        XmlText.ReplyBytes(xml =>
        {
            xml.WriteStartElement(operation.Name + "Response", Model.XmlNamespace + "/");
            xml.WriteElementString("requestId", requestId);
            if (operation.HasOutput)
            {
                operation.Write(new XmlResponseWriter(xml, ec2: true), response);
            }
            else
            {
                xml.WriteElementString("return", "true");
            }

            xml.WriteEndElement();
        });
}
