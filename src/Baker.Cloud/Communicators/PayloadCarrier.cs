using System.Collections.Immutable;
using Amazon.S3;
using Amazon.S3.Model;
using Baker.Cloud.Pacing;
using Baker.Core;
using Baker.Core.Manifest;

namespace Baker.Cloud.Communicators;

/// <summary>Brings a payload to instances: inside the SSM command where it fits, else through an S3 bucket and a presigned URL.</summary>
/// <param name="bucket">The bucket of <c>__settings__</c>; null where there is none.</param>
/// <param name="prefix">What the keys in it begin with.</param>
internal sealed class PayloadCarrier(CloudClients clients, Pacer pacer, TimeProvider time, string? bucket, string prefix)
{
    /// <summary>The largest payload, in bytes, that goes inside the command: SSM takes about 64 KB, and base64 adds a third.</summary>
    private const int LargestInline = 40_000;

    public string? Bucket => bucket;

    /// <summary>Where the payload waits in the bucket, while it does.</summary>
    public string? Key { get; private set; }

    /// <summary>The shell lines that make <c>payload.tar.gz</c> in the folder they run in.</summary>
    /// <param name="life">For how long the URL can be used.</param>
    /// <exception cref="BakerException">It needs a bucket, and there is none, or it cannot be written.</exception>
    public async Task<ImmutableArray<string>> LinesAsync(GroupName group, string run, byte[] payload, TimeSpan life, CancellationToken stop)
    {
        if (payload.Length <= LargestInline)
        {
            return ProvisionCommand.Inline(payload);
        }

        if (bucket is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"the scripts and roles of {group} are {payload.Length / 1000} KB packed, "
                    + $"more than fits into an SSM command ({LargestInline / 1000} KB)",
                "Name an S3 bucket for them: \"__settings__\": {\"bucket\": \"my-bucket\"}.");
        }

        Key = $"{prefix}{run}/{group}.tar.gz";
        using var content = new MemoryStream(payload);
        var request = new PutObjectRequest { BucketName = bucket, Key = Key, InputStream = content, AutoCloseStream = false };
        try
        {
            await pacer.SendAsync(PutAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonS3Exception error)
        {
            Key = error.StatusCode < System.Net.HttpStatusCode.InternalServerError ? null : Key; // refused: nothing is there to remove
            throw new BakerException(
                ExitCode.CloudFailed,
                $"the payload of {group} cannot be put into bucket {bucket}: {error.Message}",
                "Check the bucket's name, region and permissions (__settings__, bucket).",
                error);
        }

        // From its beginning, whenever it is sent.
        Task<PutObjectResponse> PutAsync(PutObjectRequest sent, CancellationToken token)
        {
            content.Position = 0;
            return clients.S3.PutObjectAsync(sent, token);
        }

        return ProvisionCommand.Download(await clients.S3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = Key,
            Verb = HttpVerb.GET,
            Protocol = clients.UsesPlainHttp ? Protocol.HTTP : Protocol.HTTPS,
            Expires = time.GetUtcNow().UtcDateTime + life,
        }).ConfigureAwait(false));
    }

    /// <summary>Removes what waits in the bucket.</summary>
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
