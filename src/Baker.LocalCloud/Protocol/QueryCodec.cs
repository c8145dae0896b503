using Amazon.Runtime;

namespace Baker.LocalCloud.Protocol;

/// <summary>The query protocol: form parameters in, wrapped XML out.</summary>
internal class QueryCodec(ServiceModel model) : ServiceCodec(model)
{
    public override string ContentType => "text/xml";

    public override byte[] EncodeError(string code, string message, int status, string requestId) => XmlText.Document(xml =>
    {
        xml.WriteStartElement("ErrorResponse", Model.XmlNamespace);
        xml.WriteStartElement("Error");
        xml.WriteElementString("Type", status >= 500 ? "Receiver" : "Sender");
        xml.WriteElementString("Code", code);
        xml.WriteElementString("Message", message);
        xml.WriteEndElement();
        xml.WriteElementString("RequestId", requestId);
        xml.WriteEndElement();
    });

    private protected override AmazonWebServiceRequest Decode(Operation operation, ReadOnlyMemory<byte> body)
    {
        var root = Parameter.Tree(FormText.Read(body), "MalformedInput");
        foreach (var name in operation.RequiredNames.Where(name => !root.Has(name)))
        {
            throw RequiredMember.Missing("ValidationError", name);
        }

        PageSize.Check("ValidationError", root);

        return operation.Read(new QueryReader(root, ec2: false));
    }

    private protected override ReplyBytes Write(Operation operation, AmazonWebServiceResponse response, string requestId) =>
        XmlText.ReplyBytes(xml =>
        {
            xml.WriteStartElement(operation.Name + "Response", Model.XmlNamespace);
            if (operation.HasOutput)
            {
                xml.WriteStartElement(operation.Wrapper);
                operation.Write(new XmlResponseWriter(xml, ec2: false), response);
                xml.WriteEndElement();
            }

            xml.WriteStartElement("ResponseMetadata");
            xml.WriteElementString("RequestId", requestId);
            xml.WriteEndElement();
            xml.WriteEndElement();
        });
}
