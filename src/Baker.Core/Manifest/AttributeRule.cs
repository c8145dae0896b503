using System.Text;

namespace Baker.Core.Manifest;

/// <summary>One attribute that a group may have: its name, how it is written right, and its check.</summary>
internal sealed class AttributeRule(string name, string exampleValue, ValueCheck check)
{
    public string Name { get; } = name;

    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    public string Example { get; } = $"\"{name}\": {exampleValue}";

    public ValueCheck Check { get; } = check;
}
