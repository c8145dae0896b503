using Baker.Core.Manifest;

namespace Baker.Core.Configuration;

/// <summary>What may be the name and the value of a variable, in SSM and in systemd's <c>EnvironmentFile</c>.</summary>
public static class Variable
{
    /// <summary>In bytes: SSM's standard tier takes half as many.</summary>
    public const int LargestValue = 8192;

    /// <summary>In bytes: above it a parameter is an advanced one, which AWS charges for.</summary>
    public const int LargestFreeValue = 4096;

    /// <summary>What stands in a text for bytes that were not UTF-8.</summary>
    private const char Unreadable = '\uFFFD';

    public static bool IsName(string text) => Shapes.IsVariable(text);

    /// <summary>Why a value cannot be kept, and what to do; null where it can.</summary>
    public static (string Reason, string Remedy)? Refusal(string value) =>
        value.Length == 0 ? ("it is empty, and SSM keeps no empty value", "Remove it with config:unset.")
        : value.Any(letter => letter == '\x7f' || (letter < ' ' && letter is not ('\t' or '\n')))
            ? ("it has control characters, which systemd refuses", "Encode it, in base64 say.")
        : value.Contains(Unreadable, StringComparison.Ordinal)
            ? ("it is not UTF-8, and would be kept as something else", "Write it in UTF-8, or encode it, in base64 say.")
        : System.Text.Encoding.UTF8.GetByteCount(value) is > LargestValue and var size
            ? ($"it has {size} bytes, and SSM takes {LargestValue}", "Keep it elsewhere, and put its place here.")
        : null;
}
