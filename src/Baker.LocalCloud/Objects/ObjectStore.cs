using System.Collections.Immutable;
using System.Security.Cryptography;
using Baker.LocalCloud.Running;
using Baker.LocalCloud.Storage;

namespace Baker.LocalCloud.Objects;

/// <summary>Buckets and objects: records in the journal, bytes in files beside it.</summary>
internal sealed class ObjectStore
{
    private readonly string _folder;
    private readonly StateStore _store;

    public ObjectStore(CloudContext cloud)
    {
        _store = cloud.Store;
        _folder = Path.Combine(cloud.Options.StateFolder, "objects");
        Buckets = cloud.Store.Table("buckets", ObjectJson.Default.BucketRecord);
        Objects = cloud.Store.Table("objects", ObjectJson.Default.ObjectRecord);
        Sweep();
    }

    public Table<BucketRecord> Buckets { get; }

    public Table<ObjectRecord> Objects { get; }

    public ObjectRecord Put(
        string bucket,
        string key,
        byte[] bytes,
        ObjectChecksum checksum,
        string? contentType,
        ImmutableSortedDictionary<string, string> headers,
        DateTimeOffset now)
    {
        PrivateFiles.MakeFolder(_folder);
        var record = new ObjectRecord(bucket, key)
        {
            File = Guid.NewGuid().ToString("N"),
            Size = bytes.Length,
            ETag = ETagOf(bytes),
            Checksum = checksum,
            ContentType = contentType ?? "binary/octet-stream",
            ModifiedAt = now,
            Headers = headers,
        };
        try
        {
            PrivateFiles.Write(PathOf(record), bytes);
            RemoveFileOf(Objects.Find(record.Id));
            Objects.Put(record);
            return record;
        }
        catch (IOException)
        {
            File.Delete(PathOf(record));
            throw;
        }
    }

    public byte[] Read(ObjectRecord record) => File.ReadAllBytes(PathOf(record));

    public void Delete(string bucket, string key)
    {
        if (Objects.Find(ObjectRecord.IdOf(bucket, key)) is { } before)
        {
            Objects.Remove(before.Id);
            RemoveFileOf(before);
        }
    }

    // Not before the journal says that it is gone.
    private void RemoveFileOf(ObjectRecord? before)
    {
        if (before is not null)
        {
            _store.Afterwards(() => File.Delete(PathOf(before)));
        }
    }

    private string PathOf(ObjectRecord record) => Path.Combine(_folder, record.File);

    /// <summary>Removes files whose records a dying process did not come to write.</summary>
    private void Sweep()
    {
        if (Directory.Exists(_folder))
        {
            var known = Objects.All.Select(o => o.File).ToHashSet(StringComparer.Ordinal);
            foreach (var file in Directory.GetFiles(_folder).Where(f => !known.Contains(Path.GetFileName(f))))
            {
                File.Delete(file);
            }
        }
    }

#pragma warning disable CA5351 // S3 defines the ETag so; nothing is protected by it
    private static string ETagOf(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}
