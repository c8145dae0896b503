namespace Baker.LocalCloud.Protocol;

/// <summary>What services other than EC2 say of a request without a member that it must have.</summary>
internal static class RequiredMember
{
    public static WireException Missing(string code, string name) => new(
        code,
        $"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy "
            + "constraint: Member must not be null");
}
