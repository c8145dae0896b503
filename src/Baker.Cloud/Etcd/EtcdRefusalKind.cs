namespace Baker.Cloud.Etcd;

/// <summary>What kept etcd from doing what it was asked.</summary>
internal enum EtcdRefusalKind
{
    /// <summary>No answer, or none now: another member may have one.</summary>
    Silent,

    /// <summary>Something else answers there.</summary>
    NotEtcd,

    /// <summary>Its certificate is not to be trusted.</summary>
    Untrusted,

    /// <summary>It does not trust the client's.</summary>
    CertificateRefused,

    /// <summary>It knows the session no more.</summary>
    SessionEnded,

    /// <summary>It does not know the user, or the password is another.</summary>
    WrongUser,

    /// <summary>It asks for a user.</summary>
    UserMissing,

    /// <summary>It has no users.</summary>
    WithoutUsers,

    /// <summary>The user's roles do not allow it.</summary>
    Forbidden,

    /// <summary>There is no such lease, or no such key.</summary>
    NotFound,

    Other,
}
