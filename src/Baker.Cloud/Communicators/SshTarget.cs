using Baker.Core.Merging;

namespace Baker.Cloud.Communicators;

/// <summary>An instance that is reached over SSH.</summary>
/// <param name="Group">Its group's name, for messages.</param>
/// <param name="Folder">Where the payload is unpacked on it.</param>
internal sealed record SshTarget(string InstanceId, string Group, SshSettings Settings, string Folder)
{
    /// <summary>Whether an image is made of it: its console may lag, the log is kept on it, and so is what failed, for a look.</summary>
    public bool IsOfBake { get; init; }
}
