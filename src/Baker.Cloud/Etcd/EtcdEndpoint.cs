namespace Baker.Cloud.Etcd;

/// <summary>The address of a member of etcd's cluster.</summary>
/// <param name="Place">Where it stands, such as <c>nodes.json:2:31</c>; null where nothing names it.</param>
public sealed record EtcdEndpoint(Uri Address, string? Place = null)
{
    public override string ToString() => Address.GetLeftPart(UriPartial.Authority);
}
