using System.Buffers.Binary;
using System.IO.Compression;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// Undoes what the <c>Content-Encoding</c> of a request names: clients pack large ones (boto3 those to CloudWatch above 10
/// KB).
/// </summary>
internal static class ContentCoding
{
    /// <summary>The request with its body as it was before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="largest">How many bytes it may have unpacked.</param>
    /// <exception cref="CloudException">It is packed in another way, not as it says, or too large.</exception>
    public static CloudRequest Undo(CloudRequest request, long largest)
    {
        var coding = request["Content-Encoding"]?.Trim() ?? "";
        if (request.Body.Length == 0 || coding is "" || coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return request;
        }

        return coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)
            ? request with { Body = Unzip(request.Body, largest) }
            : throw new CloudException(
                "UnsupportedMediaType",
                $"The content encoding '{coding}' is not supported. A request may be packed with gzip.",
                415);
    }

    private static byte[] Unzip(byte[] packed, long largest)
    {
        using var whole = new MemoryStream();
        using var unpacked = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        var piece = new byte[16 * 1024];
        try
        {
            while (unpacked.Read(piece) is > 0 and var read)
            {
                if (whole.Length + read > largest)
                {
                    throw new CloudException(
                        "RequestEntityTooLarge",
                        $"The request has more than {largest} bytes when it is unpacked.",
                        413);
                }

                whole.Write(piece, 0, read);
            }
        }
        catch (InvalidDataException broken)
        {
            throw new CloudException("SerializationException", $"The request is not packed with gzip, as it says: {broken.Message}");
        }

        // What is cut short reads as if it were whole; its last four bytes are not its length then (RFC 1952, section 2.3.1).
        return packed.Length >= sizeof(uint)
            && BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(^sizeof(uint)..)) == (uint)whole.Length
            ? whole.ToArray()
            : throw new CloudException("SerializationException", "The request is cut short: it is not packed with gzip to its end.");
    }
}
