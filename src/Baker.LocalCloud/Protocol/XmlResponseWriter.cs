using System.Xml;
using Baker.Sdk.Wire;

namespace Baker.LocalCloud.Protocol;

/// <summary>Writes a response of the query protocol, or of EC2's variant.</summary>
internal sealed class XmlResponseWriter(XmlWriter xml, bool ec2) : TextWriterCodec
{
    // EC2 says of everything it did that it did it.
    public override bool? Boolean(string name, bool? value) => base.Boolean(name, ec2 && name == "return" ? value ?? true : value);

    public override T? Structure<T>(string name, T? value, Action<ShapeCodec, T> members) where T : class
    {
        if (value is not null)
        {
            Under(name, () => members(this, value));
        }

        return value;
    }

    public override List<T>? List<T>(string name, string itemName, List<T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is not null)
        {
            Under(name, () => value.ForEach(each => item(this, itemName, each)));
        }

        return value;
    }

    public override Dictionary<string, T>? Map<T>(string name, Dictionary<string, T>? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is not null)
        {
            Under(name, () =>
            {
                foreach (var (key, each) in value)
                {
                    Under("entry", () =>
                    {
                        Text("key", key);
                        item(this, "value", each);
                    });
                }
            });
        }

        return value;
    }

    public override T? Within<T>(string name, string inner, T? value, Func<ShapeCodec, string, T?, T?> item) where T : default
    {
        if (value is not null)
        {
            Under(name, () => item(this, inner, value));
        }

        return value;
    }

    protected override void Write(string name, string text) => xml.WriteElementString(Ec2Name.Element(name), XmlText.Clean(text));

    private void Under(string name, Action write)
    {
        xml.WriteStartElement(Ec2Name.Element(name));
        write();
        xml.WriteEndElement();
    }
}
