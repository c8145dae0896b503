namespace Baker.Cloud.Communicators;

/// <summary>An SSH connection could not be made, or was lost: for now, perhaps.</summary>
internal sealed class LinkException(Exception cause) : Exception(cause.Message.Split('\n')[0].TrimEnd('.', '\r'), cause);
