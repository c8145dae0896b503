using System.Text.RegularExpressions;

namespace Baker.Core.Manifest;

/// <summary>What a check of a value reports to; knows the example that its remedy shows.</summary>
internal sealed partial class CheckContext(DiagnosticBag diagnostics)
{
    /// <summary>The attribute as it is written right.</summary>
    public string Example { get; set; } = "";

    public DiagnosticBag Diagnostics => diagnostics;

    public void WrongType(string path, ManifestValue value, string expected) => diagnostics.Error(
        DiagnosticCode.WrongType, value, $"{path} must be {expected}, not {KindName(value)}.", $"Write for example {Example}");

    public void BadValue(string path, ManifestValue value, string expected, string? suggestion = null) => diagnostics.Error(
        DiagnosticCode.BadValue, value, $"{path} must be {expected}, not {Shown(value)}.", suggestion ?? $"Write for example {Example}");

    public static string KindName(ManifestValue value) => value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.True => "true",
        ValueKind.False => "false",
        ValueKind.Number => "a number",
        ValueKind.String => "a text",
        ValueKind.Array => "a list",
        _ => "an object",
    };

    private static string Shown(ManifestValue value) => value.Kind switch
    {
        ValueKind.String => Quoting.Quote(Password().Replace(value.Text, "://$1:…@")),
        ValueKind.Number => value.Spelling,
        _ => KindName(value),
    };

    [GeneratedRegex("://([^/@:\\s]*):[^/@\\s]*@")]
    private static partial Regex Password();
}
