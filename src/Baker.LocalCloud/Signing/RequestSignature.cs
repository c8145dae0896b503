using System.Globalization;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Signing;

/// <summary>A signature as it stands in a request, with what it was made of.</summary>
/// <param name="Stamp">When it was made, as it stands there; of the old form, nothing.</param>
/// <param name="Token">The session token; null where there is none.</param>
/// <param name="BodyHash">What stands for the body in it; null where that is the SHA-256 of whatever has come.</param>
/// <param name="Ends">When a presigned address ceases to be good; null in a header.</param>
internal sealed record RequestSignature(
    CredentialScope Scope,
    string Stamp,
    DateTimeOffset Time,
    string SignedHeaders,
    string Signature,
    string? Token,
    string? BodyHash,
    DateTimeOffset? Ends)
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";
    public const string Streaming = "STREAMING-";

    private const string TokenHeader = "X-Amz-Security-Token";
    private const string HashHeader = "x-amz-content-sha256";

    // A week (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
    private const int LongestSeconds = 7 * 24 * 60 * 60;

    public string ScopeText => $"{Scope.Date}/{Scope.Region}/{Scope.Service}/{SigningKeys.Ending}";

    /// <summary>Reads it; null where something is missing, and then what.</summary>
    public static RequestSignature? Read(CloudRequest request, CredentialScope scope, out string lacking) => scope.Form switch
    {
        SigningForm.Header => ReadHeader(request, scope, out lacking),
        SigningForm.Query => ReadQuery(request, scope, out lacking),
        _ => ReadOldQuery(request, scope, out lacking),
    };

    private static RequestSignature? ReadHeader(CloudRequest request, CredentialScope scope, out string lacking)
    {
        var header = request["Authorization"]!;
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        var start = SigningKeys.Algorithm.Length;
        foreach (var part in header.Length > start ? header[start..].Split(',', StringSplitOptions.TrimEntries) : [])
        {
            var pair = part.Split('=', 2);
            parts[pair[0]] = pair.ElementAtOrDefault(1) ?? "";
        }

        lacking = !header.StartsWith(SigningKeys.Algorithm + " ", StringComparison.Ordinal)
                ? $"it does not begin with {SigningKeys.Algorithm}."
            : !IsScope(parts.GetValueOrDefault("Credential")) ? $"the Credential does not end with {SigningKeys.Ending}."
            : !parts.ContainsKey("SignedHeaders") ? "it has no SignedHeaders."
            : !parts.ContainsKey("Signature") ? "it has no Signature."
            : "";
        var stamp = request["X-Amz-Date"];
        if (!SigningKeys.TryReadStamp(stamp, out var time))
        {
            if (stamp is not null || !DateTimeOffset.TryParseExact(
                request["Date"],
                "R",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out time))
            {
                lacking = lacking.Length > 0 ? lacking : "there is no X-Amz-Date that says when it was made.";
            }

            stamp = SigningKeys.Stamp(time);
        }

        var hash = request[HashHeader];
        if (hash is null && scope.Service == ServiceNames.Objects)
        {
            lacking = lacking.Length > 0 ? lacking : $"there is no {HashHeader}.";
        }

        return lacking.Length > 0 ? null : new RequestSignature(
            scope,
            stamp!,
            time,
            parts["SignedHeaders"],
            parts["Signature"],
            request[TokenHeader],
            hash,
            Ends: null);
    }

    private static RequestSignature? ReadQuery(CloudRequest request, CredentialScope scope, out string lacking)
    {
        var query = QueryOf(request);
        var stamp = query.GetValueOrDefault("X-Amz-Date");
        var seconds = 0;
        lacking = query.GetValueOrDefault("X-Amz-Algorithm") != SigningKeys.Algorithm ? $"X-Amz-Algorithm is not {SigningKeys.Algorithm}."
            : !IsScope(query.GetValueOrDefault("X-Amz-Credential")) ? $"X-Amz-Credential does not end with {SigningKeys.Ending}."
            : !query.ContainsKey("X-Amz-SignedHeaders") ? "it has no X-Amz-SignedHeaders."
            : !query.ContainsKey(CanonicalRequest.SignatureParameter) ? $"it has no {CanonicalRequest.SignatureParameter}."
            : !int.TryParse(query.GetValueOrDefault("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                || seconds > LongestSeconds ? $"X-Amz-Expires is no number from 0 to {LongestSeconds}."
            : "";
        if (!SigningKeys.TryReadStamp(stamp, out var time))
        {
            lacking = "there is no X-Amz-Date that says when it was made.";
        }

        var hash = request[HashHeader]
            ?? query.GetValueOrDefault("X-Amz-Content-Sha256")
            ?? (scope.Service == ServiceNames.Objects ? Unsigned : null);
        return lacking.Length > 0 ? null : new RequestSignature(
            scope,
            stamp!,
            time,
            query["X-Amz-SignedHeaders"],
            query[CanonicalRequest.SignatureParameter],
            query.GetValueOrDefault(TokenHeader),
            hash,
            time.AddSeconds(seconds));
    }

    private static RequestSignature? ReadOldQuery(CloudRequest request, CredentialScope scope, out string lacking)
    {
        var query = QueryOf(request);
        var ends = query.GetValueOrDefault("Expires");
        lacking = !query.ContainsKey("Signature") ? "it has no Signature."
            : !long.TryParse(ends, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > int.MaxValue ? "Expires is no time."
            : "";
        return lacking.Length > 0 ? null : new RequestSignature(
            scope,
            "",
            default,
            "",
            query["Signature"],
            query.GetValueOrDefault(OldSignature.TokenHeader),
            Unsigned,
            DateTimeOffset.FromUnixTimeSeconds(int.Parse(ends!, CultureInfo.InvariantCulture)));
    }

    private static bool IsScope(string? credential) => credential?.Split('/') is [_, _, _, _, SigningKeys.Ending];

    private static Dictionary<string, string> QueryOf(CloudRequest request)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in request.Query.Split('&').Select(part => part.Split('=', 2)))
        {
            query.TryAdd(Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString((pair.ElementAtOrDefault(1) ?? "").Replace('+', ' ')));
        }

        return query;
    }
}
