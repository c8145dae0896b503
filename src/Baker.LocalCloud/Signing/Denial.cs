namespace Baker.LocalCloud.Signing;

/// <summary>Why a request is not its sender's to make.</summary>
internal enum Denial
{
    /// <summary>It carries no signature.</summary>
    Missing,

    /// <summary>Its signature lacks a part, or a part says nothing.</summary>
    Incomplete,

    /// <summary>Nobody has this access key.</summary>
    UnknownKey,

    /// <summary>The session token is missing, of another key, or not from here.</summary>
    BadToken,

    /// <summary>The session is over.</summary>
    ExpiredToken,

    /// <summary>It was signed too long ago, or is yet to be signed.</summary>
    Skewed,

    /// <summary>The presigned address is no longer good.</summary>
    Expired,

    /// <summary>It has headers that mean something and are not signed.</summary>
    UnsignedHeaders,

    /// <summary>The body is not the one that was signed.</summary>
    OtherBody,

    /// <summary>The signature is another one.</summary>
    Mismatch,
}
