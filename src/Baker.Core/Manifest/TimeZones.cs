namespace Baker.Core.Manifest;

/// <summary>
/// Time zones by their names in IANA's database, which Auto Scaling takes (PutScheduledUpdateGroupAction in its API reference).
/// </summary>
internal static class TimeZones
{
    private const string Known = "Europe/Berlin";

    /// <summary>Whether there is such a zone; a machine without the database cannot say, and takes what may be one.</summary>
    public static bool MayBe(string name) => IsThere(name) || !IsThere(Known);

    public static string Suggest(string name) => DidYouMean.Suggest(
        name,
        name.Contains('/') ? TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id) : [],
        $"Write it as IANA's time zone database does, such as {Known} or Etc/UTC.");

    // The runtime finds names without regard to case, and on Linux every file of the database's folder.
    private static bool IsThere(string name) =>
        name.Length > 0
        && char.IsAsciiLetterUpper(name[0])
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
        && zone.Id == name;
}
