using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>Writes a response of the query protocol, or of EC2's variant.</summary>
internal sealed class XmlResponseWriter(XmlText xml, bool ec2) : TextWriterCodec
{
    // EC2 says of everything it did that it did it.
    public override bool? Boolean(string name, bool? value) => base.Boolean(name, ec2 && name == "return" ? value ?? true : value);

    public override int? Integer(string name, int? value)
    {
        Long(name, value);
        return value;
    }

    public override long? Long(string name, long? value)
    {
        if (value is { } number)
        {
            xml.WriteElement(Ec2Name.Element(name), number);
        }

        return value;
    }

    public override DateTime? Time(string name, DateTime? value)
    {
        if (value is { } time)
        {
            xml.WriteElement(Ec2Name.Element(name), time);
        }

        return value;
    }

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (value is not null)
        {
            xml.WriteStartElement(Ec2Name.Element(name));
            members(this, value);
            xml.WriteEndElement();
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is not null)
        {
            xml.WriteStartElement(Ec2Name.Element(name));
            foreach (var each in value)
            {
                item(this, itemName, each);
            }

            xml.WriteEndElement();
        }

        return value;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item)
        where T : default
    {
        if (value is not null)
        {
            xml.WriteStartElement(Ec2Name.Element(name));
            foreach (var (key, each) in value)
            {
                xml.WriteStartElement("entry");
                xml.WriteElementString("key", key);
                item(this, "value", each);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return value;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is not null)
        {
            xml.WriteStartElement(Ec2Name.Element(name));
            item(this, inner, value);
            xml.WriteEndElement();
        }

        return value;
    }

    protected override void Write(string name, string text) => xml.WriteElementString(Ec2Name.Element(name), text);
}
