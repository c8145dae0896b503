using System.Globalization;
using System.Text.Json;

namespace Baker.LocalCloud.Protocol;

/// <summary>How many items a listing is asked for: no service takes less than one.</summary>
internal static class PageSize
{
    /// <summary>What the parameter is called: by EC2 and SSM, by Auto Scaling and CloudWatch, by Elastic Load Balancing.</summary>
    private static readonly string[] s_names = ["MaxResults", "MaxRecords", "PageSize"];

    /// <exception cref="WireException">The number is less than one.</exception>
    public static void Check(string code, Parameter request)
    {
        foreach (var name in s_names)
        {
            Check(code, name, request.Peek(name));
        }
    }

    private static void Check(string code, string name, string? text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) && size < 1)
        {
            throw RequiredMember.Wrong(code, name, $"'{text}'", "Member must have value greater than or equal to 1");
        }
    }

    /// <exception cref="WireException">The number is less than one.</exception>
    public static void Check(string code, JsonElement request)
    {
        foreach (var name in s_names)
        {
            if (request.TryGetProperty(name, out var size) && size.ValueKind == JsonValueKind.Number)
            {
                Check(code, name, size.GetRawText());
            }
        }
    }
}
