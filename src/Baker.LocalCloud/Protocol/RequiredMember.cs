using System.Text.Json;

namespace Baker.LocalCloud.Protocol;

/// <summary>What services other than EC2 say of a request whose members are not as they must be.</summary>
internal static class RequiredMember
{
    public static WireException Missing(string code, string name) => Wrong(code, name, "null", "Member must not be null");

    /// <param name="code">The service's code for it.</param>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value, in quotation marks where it has one.</param>
    /// <param name="constraint">What it must be.</param>
    public static WireException Wrong(string code, string name, string value, string constraint) => new(
        code,
        $"1 validation error detected: Value {value} at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy "
            + $"constraint: {constraint}");

    /// <exception cref="WireException">The request has no such member, or null for it.</exception>
    public static void CheckAll(string code, Operation operation, JsonElement request)
    {
        foreach (var name in operation.RequiredNames)
        {
            if (!request.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                throw Missing(code, name);
            }
        }
    }
}
