using System.Globalization;
using System.Net;

namespace Baker.Cli.Sessions;

/// <summary>A port as a person types it.</summary>
internal static class PortNumber
{
    /// <summary>From 0 to 65535; null of what is none.</summary>
    public static int? Of(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= IPEndPoint.MaxPort ? number : null;
}
