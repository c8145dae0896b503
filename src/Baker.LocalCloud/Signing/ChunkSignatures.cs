using System.Text;
using Baker.LocalCloud.Protocol;

namespace Baker.LocalCloud.Signing;

/// <summary>
/// The signatures of the chunks of a body, each of which signs the one before it
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
/// </summary>
internal sealed class ChunkSignatures(SigningKeys keys, string secret, RequestSignature signature)
{
    private const string Extension = "chunk-signature=";
    private const string Trailer = "x-amz-trailer-signature:";

    private static readonly string s_nothing = SigningKeys.Hash([]);

    private string _last = signature.Signature;

    /// <summary>Whether every chunk, and what trails the last one, is as it was signed.</summary>
    public bool Match(ReadOnlySpan<byte> body, bool hasTrailer)
    {
        try
        {
            while (true)
            {
                var data = AwsChunks.Next(ref body, out var extension);
                if (!extension.StartsWith(Extension, StringComparison.Ordinal)
                    || !IsNext("PAYLOAD", $"{s_nothing}\n{SigningKeys.Hash(data)}", extension[Extension.Length..]))
                {
                    return false;
                }

                if (data.Length == 0)
                {
                    return !hasTrailer || MatchTrailer(Encoding.Latin1.GetString(body));
                }
            }
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private bool MatchTrailer(string text)
    {
        var at = text.IndexOf(Trailer, StringComparison.Ordinal);
        return at >= 0 && IsNext(
            "TRAILER",
            SigningKeys.Hash(Encoding.Latin1.GetBytes(text[..at].Replace("\r\n", "\n", StringComparison.Ordinal))),
            text[(at + Trailer.Length)..].Trim());
    }

    private bool IsNext(string kind, string hashes, string sent)
    {
        var text = $"{SigningKeys.Algorithm}-{kind}\n{signature.Stamp}\n{signature.ScopeText}\n{_last}\n{hashes}";
        _last = keys.Sign(secret, signature.ScopeText, text);
        return SignatureCheck.AreEqual(_last, sent);
    }
}
