using System.IO.Compression;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Baker.Cloud.Pacing;
using Baker.Core.Manifest;

namespace Baker.Cloud.Communicators;

/// <summary>
/// Brings a long log from an instance, in one piece, through an S3 bucket and a presigned URL; the instance needs no
/// permission of its own.
/// </summary>
/// <param name="bucket">The bucket of <c>__settings__</c>; null where there is none.</param>
/// <param name="prefix">What the keys in it begin with.</param>
internal sealed class OutputCarrier(CloudClients clients, Pacer pacer, TimeProvider time, string? bucket, string prefix)
{
    private static readonly TimeSpan s_urlLife = TimeSpan.FromMinutes(15);

    public string? Bucket => bucket;

    /// <summary>Where the log waits in the bucket, while it may.</summary>
    public string? Key { get; private set; }

    /// <summary>A URL that takes the compressed log by PUT; null where there is no bucket.</summary>
    public async Task<string?> UrlAsync(GroupName group, string run)
    {
        if (bucket is null)
        {
            return null;
        }

        Key = $"{prefix}{run}/{group}.log.gz";
        return await clients.S3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = Key,
            Verb = HttpVerb.PUT,
            Protocol = clients.UsesPlainHttp ? Protocol.HTTP : Protocol.HTTPS,
            Expires = time.GetUtcNow().UtcDateTime + s_urlLife,
        }).ConfigureAwait(false);
    }

    /// <summary>Reads what the instance put there, piece by piece, and removes it.</summary>
    /// <returns>How many bytes of log that was; fewer than there are where it could not be read to its end.</returns>
    public async Task<long> ReadAsync(Action<ReadOnlySpan<byte>> take, CancellationToken stop)
    {
        var read = 0L;
        try
        {
            using var answer = await pacer.SendAsync(
                clients.S3.GetObjectAsync,
                new GetObjectRequest { BucketName = bucket, Key = Key },
                stop).ConfigureAwait(false);
            await using var log = new GZipStream(answer.ResponseStream, CompressionMode.Decompress);
            var buffer = new byte[64 * 1024];
            for (var count = 1; (count = await pacer.TransferAsync(PieceAsync, stop).ConfigureAwait(false)) > 0; read += count)
            {
                take(buffer.AsSpan(0, count));
            }

            Task<int> PieceAsync(CancellationToken enough) => log.ReadAsync(buffer, enough).AsTask();
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
        {
            return read;
        }

        await RemoveAsync(stop).ConfigureAwait(false);
        return read;
    }

    /// <summary>Removes what may wait in the bucket.</summary>
    public async Task RemoveAsync(CancellationToken stop)
    {
        if (Key is { } key)
        {
            await pacer.SendAsync(
                clients.S3.DeleteObjectAsync,
                new DeleteObjectRequest { BucketName = bucket, Key = key },
                stop).ConfigureAwait(false);
            Key = null;
        }
    }
}
