using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Baker.Cloud.Pacing;

namespace Baker.Cloud;

/// <summary>Texts in a bucket.</summary>
public sealed class BucketTexts(CloudClients clients, Pacer pacer, string bucket)
{
    public async Task WriteAsync(string key, string text, string type, CancellationToken stop)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = content,
            AutoCloseStream = false,
            ContentType = type,
        };
        await pacer.SendAsync(
            (sent, token) =>
            {
                content.Position = 0; // from its beginning, whenever it is sent
                return clients.S3.PutObjectAsync(sent, token);
            },
            request,
            stop).ConfigureAwait(false);
    }

    /// <summary>Null where there is none, or it is not to be seen.</summary>
    public async Task<string?> ReadAsync(string key, CancellationToken stop)
    {
        try
        {
            using var answer = await pacer.SendAsync(
                clients.S3.GetObjectAsync,
                new GetObjectRequest { BucketName = bucket, Key = key },
                stop).ConfigureAwait(false);
            using var reader = new StreamReader(answer.ResponseStream);
            return await pacer.TransferAsync(reader.ReadToEndAsync, stop).ConfigureAwait(false);
        }
        catch (AmazonS3Exception error) when (error.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return null;
        }
    }
}
