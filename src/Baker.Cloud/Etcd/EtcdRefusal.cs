namespace Baker.Cloud.Etcd;

/// <summary>One member's refusal; <see cref="EtcdClient"/> makes of it what a user reads.</summary>
internal sealed class EtcdRefusal(EtcdRefusalKind kind, string said) : Exception(said)
{
    // The codes of gRPC that etcd uses; several of its errors share one.
    private const int InvalidArgument = 3;
    private const int DeadlineExceeded = 4;
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int FailedPrecondition = 9;
    private const int Unavailable = 14;
    private const int Unauthenticated = 16;

    public EtcdRefusalKind Kind => kind;

    /// <summary>Whether another member may do what this one did not.</summary>
    public bool IsOfOneMember => kind
        is EtcdRefusalKind.Silent
        or EtcdRefusalKind.NotEtcd
        or EtcdRefusalKind.Untrusted
        or EtcdRefusalKind.CertificateRefused;

    public static EtcdRefusalKind KindOf(int code, string said) => code switch
    {
        InvalidArgument when said.Contains("authentication failed", StringComparison.Ordinal) => EtcdRefusalKind.WrongUser,
        InvalidArgument when said.Contains("user name is empty", StringComparison.Ordinal) => EtcdRefusalKind.UserMissing,
        DeadlineExceeded or Unavailable => EtcdRefusalKind.Silent,
        NotFound => EtcdRefusalKind.NotFound,
        PermissionDenied => EtcdRefusalKind.Forbidden,
        FailedPrecondition when said.Contains("authentication is not enabled", StringComparison.Ordinal) => EtcdRefusalKind.WithoutUsers,
        Unauthenticated => EtcdRefusalKind.SessionEnded,
        _ => EtcdRefusalKind.Other,
    };
}
