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
    private const int LargestInline = 44_000;

    public string? Bucket => bucket;

    /// <summary>Where payload and secret wait in the bucket, while they do.</summary>
    public ImmutableArray<string> Keys { get; private set; } = [];

    /// <summary>Makes sure, before anything is launched, that a payload can be carried.</summary>
    /// <exception cref="BakerException">It needs a bucket, and there is none.</exception>
    public void Check(GroupName group, byte[] payload)
    {
        if (payload.Length > LargestInline && bucket is null)
        {
            throw new BakerException(
                ExitCode.BadInput,
                $"what goes to the instances of {group} (scripts, roles, cookbooks, data bags, source trees) is {payload.Length / 1000} KB "
                    + $"packed, more than fits into an SSM command ({LargestInline / 1000} KB)",
                "Name an S3 bucket for it: \"__settings__\": {\"bucket\": \"my-bucket\"}.");
        }
    }

    /// <summary>The shell lines that make <c>payload.tar.gz</c> in the folder they run in.</summary>
    /// <param name="life">For how long the URL can be used.</param>
    /// <exception cref="BakerException">It needs a bucket, and there is none, or it cannot be written.</exception>
    public async Task<ImmutableArray<string>> LinesAsync(GroupName group, string run, byte[] payload, TimeSpan life, CancellationToken stop)
    {
        if (payload.Length <= LargestInline)
        {
            return ProvisionCommand.Inline(payload);
        }

        Check(group, payload);
        return ProvisionCommand.Download(await PutAsync(group, $"{prefix}{run}/{group}.tar.gz", payload, life, stop).ConfigureAwait(false));
    }

    /// <summary>The shell lines that put the secret of encrypted data bags into the instance's memory: no command may say it.</summary>
    public async Task<ImmutableArray<string>> SecretLinesAsync(
        GroupName group,
        string run,
        ReadOnlyMemory<byte> secret,
        TimeSpan life,
        CancellationToken stop) =>
        ProvisionCommand.DownloadSecret(
            await PutAsync(group, $"{prefix}{run}/{group}.secret", secret.ToArray(), life, stop).ConfigureAwait(false));

    /// <returns>The URL that it can be fetched from.</returns>
    private async Task<string> PutAsync(GroupName group, string key, byte[] bytes, TimeSpan life, CancellationToken stop)
    {
        Keys = Keys.Contains(key) ? Keys : Keys.Add(key);
        using var content = new MemoryStream(bytes);
        var request = new PutObjectRequest { BucketName = bucket, Key = key, InputStream = content, AutoCloseStream = false };
        try
        {
            await pacer.SendAsync(PutFromBeginningAsync, request, stop).ConfigureAwait(false);
        }
        catch (AmazonS3Exception error)
        {
            // Refused: nothing is there to remove.
            Keys = error.StatusCode < System.Net.HttpStatusCode.InternalServerError ? Keys.Remove(key) : Keys;
            throw new BakerException(
                ExitCode.CloudFailed,
                $"the payload of {group} cannot be put into bucket {bucket}: {error.Message}",
                "Check the bucket's name, region and permissions (__settings__, bucket).",
                error);
        }

        // Whenever it is sent.
        Task<PutObjectResponse> PutFromBeginningAsync(PutObjectRequest sent, CancellationToken token)
        {
            content.Position = 0;
            return clients.S3.PutObjectAsync(sent, token);
        }

        return await clients.S3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = key,
            Verb = HttpVerb.GET,
            Protocol = clients.UsesPlainHttp ? Protocol.HTTP : Protocol.HTTPS,
            Expires = time.GetUtcNow().UtcDateTime + life,
        }).ConfigureAwait(false);
    }

    /// <summary>Removes what waits in the bucket.</summary>
    public async Task RemoveAsync(CancellationToken stop)
    {
        while (Keys is [var key, ..])
        {
            await pacer.SendAsync(
                clients.S3.DeleteObjectAsync,
                new DeleteObjectRequest { BucketName = bucket, Key = key },
                stop).ConfigureAwait(false);
            Keys = Keys.RemoveAt(0);
        }
    }
}
