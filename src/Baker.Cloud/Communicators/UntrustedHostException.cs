namespace Baker.Cloud.Communicators;

/// <summary>An SSH server showed a key that is not the instance's.</summary>
internal sealed class UntrustedHostException : Exception
{
    public UntrustedHostException(string key, Exception cause)
        : base($"an untrusted {key} key", cause) => Key = key;

    /// <summary>The kind of the key: <c>ssh-ed25519</c>.</summary>
    public string Key { get; }
}
