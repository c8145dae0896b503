namespace Baker.LocalCloud.Routing;

/// <summary>Where the signature of a request stands.</summary>
internal enum SigningForm
{
    /// <summary>In the Authorization header.</summary>
    Header,

    /// <summary>In the query: a presigned address.</summary>
    Query,

    /// <summary>In the query, as S3 presigned first (signature version 2).</summary>
    OldQuery,
}
