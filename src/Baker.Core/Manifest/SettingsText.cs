namespace Baker.Core.Manifest;

/// <summary>A text of the settings, and where it stands.</summary>
public sealed record SettingsText(string Text, Position Place);
