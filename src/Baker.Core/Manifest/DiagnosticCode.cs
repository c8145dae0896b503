namespace Baker.Core.Manifest;

/// <summary>The codes of the manifest's diagnostics; docs/manifest.md explains each.</summary>
public static class DiagnosticCode
{
    public const string Syntax = "BK001";
    public const string Encoding = "BK002";
    public const string Empty = "BK003";
    public const string TooDeep = "BK004";
    public const string DuplicateKey = "BK005";
    public const string BadName = "BK006";
    public const string ReservedKey = "BK007";
    public const string WrongType = "BK008";
    public const string BadValue = "BK009";
    public const string Conflict = "BK010";
    public const string UnknownAttribute = "BK011";
}
