namespace Baker.Core.Manifest;

/// <summary>A folder of the project that is read and never written.</summary>
/// <param name="Place">Where the manifest names it; null for the usual one, which need not be there.</param>
public sealed record SettingsFolder(string Path, Position? Place);
