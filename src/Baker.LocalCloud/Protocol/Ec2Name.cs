namespace Baker.LocalCloud.Protocol;

/// <summary>EC2 calls a member by one name in responses and, capitalised or quite differently, in requests.</summary>
internal static class Ec2Name
{
    /// <summary>The request parameter of "imageId" or of "groupSet|GroupId".</summary>
    public static string Parameter(string wire)
    {
        var bar = wire.IndexOf('|', StringComparison.Ordinal);
        return bar >= 0 ? wire[(bar + 1)..] : char.IsLower(wire[0]) ? char.ToUpperInvariant(wire[0]) + wire[1..] : wire;
    }

    /// <summary>The response element.</summary>
    public static string Element(string wire)
    {
        var bar = wire.IndexOf('|', StringComparison.Ordinal);
        return bar < 0 ? wire : wire[..bar];
    }
}
