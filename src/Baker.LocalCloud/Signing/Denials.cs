using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>Refusals as each service of AWS words them, with its codes and statuses.</summary>
internal static class Denials
{
    private const string NotOurs = "The request signature we calculated does not match the signature you provided. ";
    private const string CheckTheKey =
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    private const string BadToken = "The security token included in the request is invalid";
    private const string ExpiredToken = "The security token included in the request is expired";
    private const string NoToken = "Request is missing Authentication Token";
    private const string Incomplete = "The request signature does not conform to AWS standards: ";
    private const string NotValidated = "AWS was not able to validate the provided access credentials";

    /// <param name="denial">Why.</param>
    /// <param name="request">What is refused.</param>
    /// <param name="service">The service that it is for, as its signature says or else its protocol.</param>
    /// <param name="detail">What more there is to say.</param>
    public static CloudException Of(Denial denial, CloudRequest request, string service, string detail) => service switch
    {
        ServiceNames.Objects => OfObjects(denial, detail),
        ServiceNames.Compute => OfCompute(denial, detail),
        _ when request["X-Amz-Target"] is not null || request.Path.StartsWith("/service/", StringComparison.Ordinal) =>
            OfJson(denial, detail),
        _ => OfQuery(denial, detail),
    };

    private static CloudException OfObjects(Denial denial, string detail) => denial switch
    {
        Denial.Missing => new("AccessDenied", "Access Denied", 403),
        Denial.Incomplete => new("AuthorizationHeaderMalformed", $"The authorization header is malformed; {detail}"),
        Denial.UnknownKey => new("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        Denial.BadToken => new("InvalidToken", "The provided token is malformed or otherwise invalid."),
        Denial.ExpiredToken => new("ExpiredToken", "The provided token has expired."),
        Denial.Skewed => new(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403),
        Denial.Expired => new("AccessDenied", "Request has expired", 403),
        Denial.UnsignedHeaders => new("AccessDenied", $"There were headers present in the request which were not signed: {detail}", 403),
        Denial.OtherBody => new(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed."),
        _ => new("SignatureDoesNotMatch", NotOurs + "Check your key and signing method.", 403),
    };

    private static CloudException OfCompute(Denial denial, string detail) => denial switch
    {
        Denial.Missing => new("MissingAuthenticationToken", NoToken, 403),
        Denial.Incomplete => new("IncompleteSignature", Incomplete + detail),
        Denial.ExpiredToken => new("RequestExpired", "Request has expired."),
        Denial.Skewed or Denial.Expired => new("RequestExpired", $"Request has expired. {detail}"),
        _ => new("AuthFailure", NotValidated, 401),
    };

    private static CloudException OfJson(Denial denial, string detail) => denial switch
    {
        Denial.Missing => new("MissingAuthenticationTokenException", NoToken),
        Denial.Incomplete => new("IncompleteSignatureException", Incomplete + detail),
        Denial.UnknownKey or Denial.BadToken => new("UnrecognizedClientException", BadToken + "."),
        Denial.ExpiredToken => new("ExpiredTokenException", ExpiredToken),
        Denial.Skewed or Denial.Expired => new("InvalidSignatureException", $"Signature expired: {detail}"),
        _ => new("InvalidSignatureException", NotOurs + CheckTheKey),
    };

    private static CloudException OfQuery(Denial denial, string detail) => denial switch
    {
        Denial.Missing => new("MissingAuthenticationToken", NoToken, 403),
        Denial.Incomplete => new("IncompleteSignature", Incomplete + detail),
        Denial.UnknownKey or Denial.BadToken => new("InvalidClientTokenId", BadToken + ".", 403),
        Denial.ExpiredToken => new("ExpiredToken", ExpiredToken, 403),
        Denial.Skewed or Denial.Expired => new("SignatureDoesNotMatch", $"Signature expired: {detail}", 403),
        _ => new("SignatureDoesNotMatch", NotOurs + CheckTheKey, 403),
    };
}
