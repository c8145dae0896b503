using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Baker.Cli.Sessions;

/// <summary>JSON as commands print it.</summary>
internal static class JsonText
{
    /// <summary>A line for each value, with the same line ends on every system.</summary>
    public static string Indented(this JToken json) => json.ToString(Formatting.Indented).ReplaceLineEndings("\n");
}
