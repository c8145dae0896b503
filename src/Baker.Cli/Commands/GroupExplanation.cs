using System.Globalization;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cli.Commands;

/// <summary>Prints where each value of a merged group comes from: one line a value, its layer and line behind it.</summary>
internal static class GroupExplanation
{
    private const int PlaceColumn = 56;

    public static void Print(TextWriter output, MergedGroup group, SourceText source)
    {
        output.WriteLine($"{group.Name} ({source.Name}{(group.Environment is { } environment ? $", {environment.Name}" : "")})");
        foreach (var attribute in group.Attributes)
        {
            var name = attribute.Name.Text;
            switch (attribute.Kind)
            {
                case ValueKind.Array when attribute.Items.Any():
                    output.WriteLine($"  {name}:");
                    foreach (var item in attribute.Items)
                    {
                        Line(output, "    ", GroupText.OneLine(item.Value), group, item.Value, item.Layer);
                    }

                    break;
                case ValueKind.Object when attribute.Properties.Any():
                    output.WriteLine($"  {name}:");
                    foreach (var property in attribute.Properties)
                    {
                        Line(
                            output,
                            "    ",
                            $"{property.Name.Text}: {GroupText.OneLine(property.Value)}",
                            group,
                            property.Value,
                            property.Layer);
                    }

                    break;
                default:
                    Line(
                        output,
                        "  ",
                        $"{name}: {GroupText.OneLine(attribute.Winner)}",
                        group,
                        attribute.Winner,
                        attribute.Layer);
                    break;
            }
        }
    }

    // A value that is too long for one line of 80 columns has its place on the next.
    private static void Line(TextWriter output, string indent, string text, MergedGroup group, ManifestValue value, Layer layer)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{group.NameOf(layer)}, line {value.Position.Line}");
        if (indent.Length + text.Length > PlaceColumn - 2)
        {
            output.WriteLine(indent + text);
            output.WriteLine(new string(' ', PlaceColumn) + place);
            return;
        }

        output.WriteLine((indent + text).PadRight(PlaceColumn) + place);
    }
}
