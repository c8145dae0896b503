namespace Baker.LocalCloud.Storage;

/// <summary>The journal was changed by something other than the local cloud.</summary>
public sealed class StateDamagedException(string path, long offset, Exception cause)
    : Exception($"{path} is damaged at byte {offset}; remove it with package local:reset", cause);
