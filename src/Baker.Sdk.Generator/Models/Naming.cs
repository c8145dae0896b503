using System.Text;

namespace Baker.Sdk.Generator.Models;

/// <summary>The official SDK's rules for names.</summary>
internal static class Naming
{
    public static string Capital(string name) => char.ToUpperInvariant(name[0]) + name.Substring(1);

    /// <summary>"shutting-down" → ShuttingDown, "t2.micro" → T2Micro, "Bytes/Second" → BytesSecond.</summary>
    public static string Constant(string value)
    {
        var name = new StringBuilder();
        var start = true;
        foreach (var c in value)
        {
            if (!char.IsLetterOrDigit(c) && c != '_')
            {
                start = true;
                continue;
            }

            name.Append(start ? char.ToUpperInvariant(c) : c);
            start = false;
        }

        return name.Length == 0 || char.IsDigit(name[0]) ? "_" + name : name.ToString();
    }

    /// <summary>"AlreadyExistsFault" and "ParameterAlreadyExists" both get the ending Exception.</summary>
    public static string Exception(string shape) =>
        shape.EndsWith("Exception", StringComparison.Ordinal) ? shape
        : shape.EndsWith("Fault", StringComparison.Ordinal) ? shape.Substring(0, shape.Length - 5) + "Exception"
        : shape + "Exception";
}
