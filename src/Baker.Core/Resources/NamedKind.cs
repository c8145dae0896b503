namespace Baker.Core.Resources;

/// <summary>What the manifest names by the id that others have given it.</summary>
public enum NamedKind
{
    Vpc,
    SecurityGroup,
    SecurityGroupName,
    PrefixList,
    Certificate,
    TlsPolicy,
}
