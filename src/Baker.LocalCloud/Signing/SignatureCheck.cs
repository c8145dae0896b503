using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// Whether requests were signed with the cloud's access key or one of its sessions: Signature Version 4 in a header, in a presigned
/// address, over bodies in chunks; and S3's old presigned addresses.
/// </summary>
internal sealed class SignatureCheck(AccessKey key, TimeProvider time)
{
    private const string Signed = "x-amz-";
    private const string StreamingSigned = "STREAMING-" + SigningKeys.Algorithm + "-PAYLOAD";
    private const string StreamingTrailer = StreamingSigned + "-TRAILER";
    private const string StreamingUnsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html says five minutes; services allow 15.
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(15);

    private readonly SigningKeys _keys = new();

    /// <summary>What is wrong with a request whose body has not come yet; null where nothing is that can be known by then.</summary>
    public CloudException? OfHead(CloudRequest request) => Check(request, hasBody: false);

    /// <summary>What is wrong with a request; null where it is its sender's to make.</summary>
    public CloudException? OfWhole(CloudRequest request) => Check(request, hasBody: true);

    /// <summary>Compares two signatures in a time that does not depend on where they differ.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private CloudException? Check(CloudRequest request, bool hasBody)
    {
        var scope = CredentialScope.Of(request);
        return Find(request, scope, hasBody) is var (denial, detail)
            ? Denials.Of(denial, request, scope?.Service ?? request.ServiceByProtocol() ?? ServiceNames.Objects, detail)
            : null;
    }

    private (Denial Denial, string Detail)? Find(CloudRequest request, CredentialScope? scope, bool hasBody)
    {
        if (scope is null)
        {
            return (request["Authorization"] is null ? Denial.Missing : Denial.Incomplete, "it names no Credential.");
        }

        if (RequestSignature.Read(request, scope, out var lacking) is not { } signature)
        {
            return (Denial.Incomplete, lacking);
        }

        if (SecretOf(signature, out var secret) is { } unknown)
        {
            return (unknown, "");
        }

        if (scope.Form == SigningForm.OldQuery)
        {
            return !AreEqual(OldSignature.Of(request, secret, signature.Ends!.Value, signature.Token), signature.Signature)
                ? (Denial.Mismatch, "")
                : time.GetUtcNow() > signature.Ends ? (Denial.Expired, "")
                : null;
        }

        if (OfTime(signature) is { } late)
        {
            return late;
        }

        if (UnsignedHeaders(request, signature) is { Length: > 0 } unsigned)
        {
            return (Denial.UnsignedHeaders, unsigned);
        }

        var hash = signature.BodyHash ?? (hasBody ? SigningKeys.Hash(request.Body) : null);
        if (hash is null)
        {
            return null;
        }

        var canonical = CanonicalRequest.Of(request, signature.SignedHeaders, hash, scope.Service == ServiceNames.Objects);
        return !AreEqual(_keys.Sign(secret, signature.Stamp, signature.ScopeText, canonical), signature.Signature) ? (Denial.Mismatch, "")
            : hasBody && signature.BodyHash is not null ? OfBody(request, signature, secret)
            : null;
    }

    private Denial? SecretOf(RequestSignature signature, out string secret)
    {
        var id = signature.Scope.AccessKeyId;
        secret = key.Secret;
        if (AreEqual(id, key.Id))
        {
            return signature.Token is null ? null : Denial.BadToken;
        }

        if (!id.StartsWith(TemporaryKey.Beginning, StringComparison.Ordinal))
        {
            return Denial.UnknownKey;
        }

        if (signature.Token is null || TemporaryKey.Read(key, id, signature.Token) is not { } temporary)
        {
            return Denial.BadToken;
        }

        secret = temporary.Secret;
        return time.GetUtcNow() > temporary.Ends ? Denial.ExpiredToken : null;
    }

    private (Denial Denial, string Detail)? OfTime(RequestSignature signature)
    {
        var now = time.GetUtcNow();
        if (!signature.Stamp.StartsWith(signature.Scope.Date, StringComparison.Ordinal) || signature.Scope.Date.Length != 8)
        {
            return (Denial.Incomplete, "the date in the Credential is not the date of the request.");
        }

        if (signature.Ends is { } ends)
        {
            return now > ends ? (Denial.Expired, Compared(ends, "earlier", now))
                : signature.Time > now + s_skew ? (Denial.Skewed, Compared(signature.Time, "later", now))
                : null;
        }

        return signature.Time < now - s_skew ? (Denial.Skewed, Compared(signature.Time, "earlier", now - s_skew))
            : signature.Time > now + s_skew ? (Denial.Skewed, Compared(signature.Time, "later", now + s_skew))
            : null;
    }

    private static string Compared(DateTimeOffset one, string comparison, DateTimeOffset other) =>
        string.Create(CultureInfo.InvariantCulture, $"{SigningKeys.Stamp(one)} is now {comparison} than {SigningKeys.Stamp(other)}");

    /// <summary>The host, and what AWS itself reads, must be signed; else a presigned address could be turned to something else.</summary>
    private static string UnsignedHeaders(CloudRequest request, RequestSignature signature)
    {
        var signed = signature.SignedHeaders.Split(';');
        return string.Join(", ", request.Headers.Keys
            .Where(name => name.StartsWith(Signed, StringComparison.OrdinalIgnoreCase)
                || name.Equals("host", StringComparison.OrdinalIgnoreCase))
            .Where(name => !signed.Contains(name, StringComparer.OrdinalIgnoreCase)));
    }

    private (Denial Denial, string Detail)? OfBody(CloudRequest request, RequestSignature signature, string secret)
    {
        switch (signature.BodyHash)
        {
            case RequestSignature.Unsigned or StreamingUnsigned:
                return null;
            case StreamingSigned or StreamingTrailer:
                var chunks = new ChunkSignatures(_keys, secret, signature);
                return chunks.Match(request.Body, signature.BodyHash == StreamingTrailer) ? null : (Denial.Mismatch, "");
            default:
                return AreEqual(signature.BodyHash!, SigningKeys.Hash(request.Body)) ? null : (Denial.OtherBody, "");
        }
    }
}
