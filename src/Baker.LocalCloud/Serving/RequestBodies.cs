using Baker.LocalCloud.Routing;
using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Serving;

/// <summary>
/// Reads the bodies of requests. A body takes the memory of what has come of it, whatever length it announces; and those that are
/// not small have a limit that they share.
/// </summary>
/// <param name="largest">How many bytes one body may have.</param>
/// <param name="most">How many bytes all that are in hand may have together, the small ones left out.</param>
internal sealed class RequestBodies(long largest, long most)
{
    private const int FirstPiece = 64 * 1024;
    private const int Small = 1024 * 1024;

    private long _held;

    /// <exception cref="BadHttpRequestException">The body is too large, or is not what its headers say.</exception>
    /// <exception cref="CloudException">The bodies in hand leave no room for it.</exception>
    public async ValueTask<HeldBody> ReadAsync(HttpRequest request)
    {
        var length = request.ContentLength;
        if (length is null && request.Headers.TransferEncoding.Count == 0)
        {
            length = 0;
        }

        if (length > largest)
        {
            throw new BadHttpRequestException($"The body has more than {largest} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        var body = length == 0 ? [] : new byte[Math.Min(length ?? FirstPiece, FirstPiece)];
        var (read, held) = (0, 0L);
        try
        {
            while (read != length)
            {
                if (read == body.Length)
                {
                    var larger = (int)Math.Min(Math.Min(2L * read, length ?? long.MaxValue), Array.MaxLength);
                    Hold(larger, ref held);
                    Array.Resize(ref body, larger);
                }

                var piece = await request.Body.ReadAsync(body.AsMemory(read), request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (piece == 0)
                {
                    break;
                }

                read += piece;
            }

            if (length is not null && read != length)
            {
                throw new BadHttpRequestException("The body ends before the length that it announces.");
            }

            Array.Resize(ref body, read);
            return new HeldBody(this, body, held);
        }
        catch
        {
            LetGo(held);
            throw;
        }
    }

    private void Hold(long size, ref long held)
    {
        if (size <= Small)
        {
            return;
        }

        var more = size - held;
        if (Interlocked.Add(ref _held, more) > most)
        {
            Interlocked.Add(ref _held, -more);
            throw new CloudException("SlowDown", "The requests under way have too much in their bodies. Please send this one again.", 503);
        }

        held = size;
    }

    private void LetGo(long held)
    {
        if (held > 0)
        {
            Interlocked.Add(ref _held, -held);
        }
    }

    /// <summary>A body that counts until it is disposed of.</summary>
    internal readonly struct HeldBody(RequestBodies bodies, byte[] bytes, long held) : IDisposable
    {
        public byte[] Bytes => bytes;

        public void Dispose() => bodies.LetGo(held);
    }
}
