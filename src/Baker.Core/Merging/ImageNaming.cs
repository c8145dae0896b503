using System.Globalization;
using Baker.Core.Manifest;

namespace Baker.Core.Merging;

/// <summary>What a group's images are called (<c>image_name</c>), each another than all before.</summary>
public static class ImageNaming
{
    /// <summary>The name of an image that is made now.</summary>
    public static string Of(NodeGroup group, DateTimeOffset now) => Of(
        group,
        now.UtcDateTime.ToString(group.ImageName is null ? "yyyy-MM-dd HH.mm.ss" : "yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));

    /// <param name="time">What stands for the time.</param>
    public static string Of(NodeGroup group, string time) => group.ImageName is { } pattern
        ? pattern
            .Replace(Shapes.GroupField, group.Label.Replace('@', '-'), StringComparison.Ordinal)
            .Replace(Shapes.TimeField, time, StringComparison.Ordinal)
        : $"{group.Label.Replace('@', ' ')} {time}";

    /// <summary>The same for Packer, which puts the time in.</summary>
    internal static string ForPacker(NodeGroup group) =>
        Of(group, group.ImageName is null ? Shapes.TimeField : "{{isotime `20060102-150405`}}");
}
