using Amazon.S3.Model;
using Baker.Cloud.Pacing;
using Baker.Core.Artifacts;
using Baker.Core.Manifest;

namespace Baker.Cloud.Images;

/// <summary>Where the contents of images are kept: in the folder of the build records, and in the bucket where there is one.</summary>
public sealed class ContentsStore(CloudClients clients, Pacer pacer, string buildsFolder, string? bucket, string prefix)
{
    /// <summary>Where a project keeps them.</summary>
    /// <param name="project">The project's folder.</param>
    public static ContentsStore Of(CloudRegion region, string project, Settings settings) => new(
        region.Clients,
        region.Pacer,
        Path.Combine(project, settings.BuildsFolder),
        settings.Bucket,
        settings.BucketPrefix);

    /// <summary>The file of an image, below the records' folder and the bucket's prefix.</summary>
    public static string NameOf(string imageId) => $"contents/{imageId}.cdx.json";

    /// <summary>Keeps an image's contents. Those of a copy are its image's.</summary>
    /// <param name="note">Is told where the bucket does not take them: the image is whole all the same.</param>
    public async Task WriteAsync(ImageContents contents, Action<string> note, CancellationToken stop)
    {
        var text = CycloneDx.Write(contents);
        var path = PathOf(contents.ImageId);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(temporary, text, stop).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
        if (bucket is null)
        {
            return;
        }

        try
        {
            await new BucketTexts(clients, pacer, bucket)
                .WriteAsync(KeyOf(contents.ImageId), text, "application/vnd.cyclonedx+json", stop)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested && CloudFailure.IsOutside(error))
        {
            note($"its contents are not in bucket {bucket}: {error.Message}");
        }
    }

    /// <summary>Keeps what is known of an image for a copy of it, too.</summary>
    public async Task CopyAsync(string imageId, string copyId, Action<string> note, CancellationToken stop)
    {
        if (await ReadAsync(imageId, stop).ConfigureAwait(false) is { } contents)
        {
            await WriteAsync(contents with { ImageId = copyId }, note, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Null where they are nowhere.</summary>
    public async Task<ImageContents?> ReadAsync(string imageId, CancellationToken stop)
    {
        try
        {
            if (CycloneDx.Read(await File.ReadAllTextAsync(PathOf(imageId), stop).ConfigureAwait(false)) is { } kept)
            {
                return kept;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // On another machine, perhaps.
        }

        return bucket is not null
            && await new BucketTexts(clients, pacer, bucket).ReadAsync(KeyOf(imageId), stop).ConfigureAwait(false) is { } text
                ? CycloneDx.Read(text)
                : null;
    }

    /// <summary>Removes those of an image that is no more.</summary>
    public async Task RemoveAsync(string imageId, CancellationToken stop)
    {
        if (Directory.Exists(Path.GetDirectoryName(PathOf(imageId))))
        {
            File.Delete(PathOf(imageId));
        }

        if (bucket is not null)
        {
            await pacer.SendAsync(
                clients.S3.DeleteObjectAsync,
                new DeleteObjectRequest { BucketName = bucket, Key = KeyOf(imageId) },
                stop).ConfigureAwait(false);
        }
    }

    /// <summary>The command by which a person removes them.</summary>
    public string RemovalCommand(string imageId, SuggestedCommands suggested) => bucket is null
        ? $"rm {PathOf(imageId)}"
        : suggested.Aws(clients.Region, $"s3 rm s3://{bucket}/{KeyOf(imageId)}");

    private string PathOf(string imageId) => Path.Combine(buildsFolder, NameOf(imageId));

    private string KeyOf(string imageId) => prefix + NameOf(imageId);
}
