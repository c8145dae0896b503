namespace Baker.Core.Discovery;

/// <summary>What has become of a service on a node between two looks at the catalogue.</summary>
/// <param name="Word"><c>came</c>, <c>gone</c>, or what it is now: <c>serving</c>, <c>leaving</c>, <c>unwell</c> or <c>dead</c>.</param>
/// <param name="Reason">As <see cref="ServiceHealth"/> says it.</param>
public sealed record ServiceNews(ServiceEntry Entry, string Word, string? Reason)
{
    public const string Came = "came";
    public const string Gone = "gone";

    /// <summary>One for each entry that differs, by service and instance.</summary>
    public static IReadOnlyList<ServiceNews> Between(
        IEnumerable<(ServiceEntry Entry, ServiceHealth Health)> before,
        IEnumerable<(ServiceEntry Entry, ServiceHealth Health)> now)
    {
        var (earlier, later) = (ByKey(before), ByKey(now));
        return
        [
            .. earlier.Where(each => !later.ContainsKey(each.Key))
                .Select(each => new ServiceNews(each.Value.Entry, Gone, null))
                .Concat(later.Values.Select(each => Of(each.Entry, each.Health)).OfType<ServiceNews>())
                .OrderBy(each => each.Entry.Service.ToString(), StringComparer.Ordinal)
                .ThenBy(each => each.Entry.Instance, StringComparer.Ordinal),
        ];

        ServiceNews? Of(ServiceEntry entry, ServiceHealth health) =>
            !earlier.TryGetValue(KeyOf(entry), out var old) || !(old.Entry with { State = entry.State }).IsSameAs(entry)
                ? new ServiceNews(entry, Came, health.Reason)
                : old.Health.Word == health.Word ? null : new ServiceNews(entry, health.Word, health.Reason);
    }

    /// <summary>Where two Regions have the same, one of them is not its instance's, and dead.</summary>
    private static Dictionary<(string Service, string Instance), (ServiceEntry Entry, ServiceHealth Health)> ByKey(
        IEnumerable<(ServiceEntry Entry, ServiceHealth Health)> entries) => entries
            .OrderBy(each => each.Health.IsDead)
            .DistinctBy(each => KeyOf(each.Entry))
            .ToDictionary(each => KeyOf(each.Entry));

    private static (string Service, string Instance) KeyOf(ServiceEntry entry) => (entry.Service, entry.Instance);
}
