namespace Baker.Core.Merging;

/// <summary>What the resources of an environment are called on the cloud.</summary>
public static class ResourceNames
{
    public static string Of(string? environment, string name) => environment is null ? name : $"{environment}-{name}";

    /// <summary>With hyphens alone, as ELB takes names.</summary>
    public static string Plain(string name) => name.Replace('.', '-').Replace('_', '-');
}
