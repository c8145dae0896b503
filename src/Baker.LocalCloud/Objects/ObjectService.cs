using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Baker.LocalCloud.Protocol;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Objects;

/// <summary>As much of S3 as carries files to instances: buckets, objects, presigned addresses.</summary>
internal sealed class ObjectService(CloudContext cloud) : ICloudService, IRawService
{
    public const string Name = ServiceNames.Objects;

    private static readonly XNamespace s_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly ObjectStore _store = new(cloud);

    public bool KeepsContentCoding => true;

    /// <summary>Keeps a text where its bucket exists; another service's output goes nowhere otherwise, as on AWS.</summary>
    public void StoreText(string bucket, string key, string text, DateTimeOffset now)
    {
        if (_store.Buckets.Find(bucket) is not null)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(text);
            _store.Put(bucket, key, bytes, ObjectChecksum.Of(bytes), "text/plain", ImmutableSortedDictionary<string, string>.Empty, now);
        }
    }

    public void Register(Router router) => router.HandleRaw(Name, this);

    public void Reconcile(DateTimeOffset now)
    {
    }

    public string ActionOf(CloudRequest request) => ObjectRequest.Of(request).Action ?? "Unknown";

    public CloudResponse Answer(Call call, CloudRequest http)
    {
        var request = ObjectRequest.Of(http);
        CheckExpiry(call, request);
        return request.Action switch
        {
            "ListBuckets" => Xml(new XElement(s_namespace + "ListAllMyBucketsResult",
                new XElement(s_namespace + "Owner", new XElement(s_namespace + "ID", call.AccountId)),
                new XElement(s_namespace + "Buckets", _store.Buckets.All.Select(b => new XElement(
                    s_namespace + "Bucket",
                    new XElement(s_namespace + "Name", b.Id),
                    new XElement(s_namespace + "CreationDate", Time(b.CreatedAt))))))),
            "CreateBucket" => CreateBucket(call, request),
            "HeadBucket" => Empty(200, "x-amz-bucket-region", Bucket(request).Region),
            "DeleteBucket" => DeleteBucket(request),
            "GetBucketLocation" =>
                Xml(new XElement(s_namespace + "LocationConstraint", Bucket(request).Region is "us-east-1" ? "" : Bucket(request).Region)),
            "ListObjects" or "ListObjectsV2" or "ListObjectVersions" => ObjectListing.List(_store, Bucket(request), request),
            "DeleteObjects" => DeleteObjects(request),
            "PutObject" => Put(call, request),
            "CopyObject" => Copy(call, request),
            "GetObject" => Get(request, withBody: true),
            "HeadObject" => Get(request, withBody: false),
            "DeleteObject" => Delete(request),
            "GetObjectAcl" => Object(request) is { } ? Xml(BucketSettings.Private()) : throw NoKey(),
            "GetObjectTagging" => Xml(ObjectTags.View(Object(request).Tags)),
            "PutObjectTagging" => Tag(request, ObjectTags.OfBody(BucketSettings.Read(Body(http).Bytes), ObjectTags.MostOfObject)),
            "DeleteObjectTagging" => Tag(request, null),
            { } when request.Key.Length == 0 => Configure(request),
            _ when request.Query.ContainsKey("uploads") || request.Query.ContainsKey("uploadId") => throw new CloudException(
                "NotImplemented", "The local cloud has no multipart uploads. An object of up to 1 GiB can be put at once.", 501),
            _ => throw new CloudException(
                "NotImplemented",
                $"The local cloud does not have this part of S3: {request.Method} {(request.Part is { } part ? "?" + part : "")}",
                501),
        };
    }

    public CloudResponse AnswerError(CloudException error, string requestId) => CloudResponse.Text(
        error.Status == 400 && error.Code.StartsWith("NoSuch", StringComparison.Ordinal) ? 404 : error.Status,
        "application/xml",
        new XElement(
            "Error",
            new XElement("Code", error.Code),
            new XElement("Message", error.Message),
            new XElement("RequestId", requestId)).ToString());

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static CloudException NoKey() => new("NoSuchKey", "The specified key does not exist.", 404);

    public static CloudResponse Xml(XElement root) => CloudResponse.Text(
        200,
        "application/xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.ToString(SaveOptions.DisableFormatting));

    private static void CheckExpiry(Call call, ObjectRequest request)
    {
        if (request.Query.TryGetValue("Signature", out _) && request.Query.TryGetValue("Expires", out var end)
            && long.TryParse(end, CultureInfo.InvariantCulture, out var at) && call.Now.ToUnixTimeSeconds() > at)
        {
            throw new CloudException("AccessDenied", "Request has expired", 403);
        }

        if (request.Query.TryGetValue("X-Amz-Date", out var date) && request.Query.TryGetValue("X-Amz-Expires", out var seconds)
            && DateTimeOffset.TryParseExact(
                date,
                "yyyyMMdd'T'HHmmss'Z'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var signed)
            && int.TryParse(seconds, CultureInfo.InvariantCulture, out var valid) && call.Now > signed.AddSeconds(valid))
        {
            throw new CloudException("AccessDenied", "Request has expired", 403);
        }
    }

    private CloudResponse CreateBucket(Call call, ObjectRequest request)
    {
        var name = request.Bucket;
        if (name.Length is < 3 or > 63 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'))
        {
            throw new CloudException("InvalidBucketName", "The specified bucket is not valid.");
        }

        if (_store.Buckets.Find(name) is not null)
        {
            throw new CloudException(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
                409);
        }

        if (request.Http["x-amz-acl"] is { } acl && acl != "private")
        {
            throw new CloudException(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
        }

        ObjectHeaders.RefuseUnknown(request.Http);
        _store.Buckets.Put(new BucketRecord(name, call.Region, call.Now));
        return Empty(200, "Location", "/" + name);
    }

    private CloudResponse Configure(ObjectRequest request)
    {
        var (bucket, part) = (Bucket(request), request.Part!);
        if (request.Method == "GET")
        {
            return BucketSettings.Get(bucket, part);
        }

        var (body, _) = Body(request.Http);
        _store.Buckets.Put(request.Method == "PUT" ? BucketSettings.Put(bucket, part, body) : BucketSettings.Delete(bucket, part));
        return Empty(request.Method == "PUT" && part != "policy" ? 200 : 204);
    }

    private CloudResponse Tag(ObjectRequest request, ImmutableSortedDictionary<string, string>? tags)
    {
        _store.Objects.Put(Object(request) with { Tags = tags });
        return Empty(tags is null ? 204 : 200);
    }

    private ObjectRecord Object(ObjectRequest request) =>
        _store.Objects.Find(ObjectRecord.IdOf(Bucket(request).Id, request.Key)) ?? throw NoKey();

    private CloudResponse DeleteBucket(ObjectRequest request)
    {
        var bucket = Bucket(request);
        if (_store.Objects.After(bucket.Id + "/").FirstOrDefault()?.Bucket == bucket.Id)
        {
            throw new CloudException("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
        }

        _store.Buckets.Remove(bucket.Id);
        return Empty(204);
    }

    private CloudResponse Put(Call call, ObjectRequest request)
    {
        var bucket = Bucket(request);
        ObjectHeaders.RefuseUnknown(request.Http);
        var (bytes, checksum) = Body(request.Http);
        ObjectConditions.CheckWrite(request.Http, _store.Objects.Find(ObjectRecord.IdOf(bucket.Id, request.Key)));
        var kept = ObjectHeaders.Kept(request.Http);
        var tags = ObjectTags.OfHeader(request.Http["x-amz-tagging"]);
        var record = _store.Put(bucket.Id, request.Key, bytes, checksum, request.Http["Content-Type"], kept, call.Now);
        _store.Objects.Put(record with { Tags = tags });
        var response = Empty(200, "ETag", $"\"{record.ETag}\"");
        AddChecksum(response, record);
        return response;
    }

    private CloudResponse Copy(Call call, ObjectRequest request)
    {
        var source = Uri.UnescapeDataString(request.Http["x-amz-copy-source"]!).TrimStart('/').Split('/', 2);
        var from = _store.Objects.Find(ObjectRecord.IdOf(source[0], source.ElementAtOrDefault(1) ?? "")) ?? throw NoKey();
        ObjectConditions.CheckWrite(request.Http, _store.Objects.Find(ObjectRecord.IdOf(Bucket(request).Id, request.Key)));
        var bytes = _store.Read(from);
        var checksum = from.Checksum ?? ObjectChecksum.Of(bytes);
        var tags = request.Http["x-amz-tagging-directive"] == "REPLACE" ? ObjectTags.OfHeader(request.Http["x-amz-tagging"]) : from.Tags;
        var record = _store.Put(Bucket(request).Id, request.Key, bytes, checksum, from.ContentType, from.Headers, call.Now);
        _store.Objects.Put(record with { Tags = tags });
        return Xml(new XElement(
            s_namespace + "CopyObjectResult",
            new XElement(s_namespace + "LastModified", Time(call.Now)),
            new XElement(s_namespace + "ETag", $"\"{record.ETag}\"")));
    }

    private CloudResponse Get(ObjectRequest request, bool withBody)
    {
        var record = Object(request);
        if (ObjectConditions.IsKnown(request.Http, record))
        {
            return Empty(304, "ETag", $"\"{record.ETag}\"");
        }

        var bytes = withBody ? _store.Read(record) : [];
        var (status, range) = (200, default(string));
        if (withBody && ObjectHeaders.Range(request.Http["Range"], bytes.Length) is var (first, last))
        {
            range = $"bytes {first}-{last}/{bytes.Length}";
            bytes = bytes[first..(last + 1)];
            status = 206;
        }

        var response = new CloudResponse(status, bytes);
        response.Headers.Add(new("Content-Type", record.ContentType));
        response.Headers.Add(new("ETag", $"\"{record.ETag}\""));
        response.Headers.Add(new("Last-Modified", record.ModifiedAt.ToString("R", CultureInfo.InvariantCulture)));
        response.Headers.Add(new("Accept-Ranges", "bytes"));
        response.Headers.Add(new("Content-Length", (withBody ? bytes.Length : record.Size).ToString(CultureInfo.InvariantCulture)));
        if (range is not null)
        {
            response.Headers.Add(new("Content-Range", range));
        }

        if (record.Tags is { Count: > 0 } tags)
        {
            response.Headers.Add(new("x-amz-tagging-count", tags.Count.ToString(CultureInfo.InvariantCulture)));
        }

        if (range is null && "ENABLED".Equals(request.Http["x-amz-checksum-mode"], StringComparison.OrdinalIgnoreCase))
        {
            AddChecksum(response, record);
        }

        response.Headers.AddRange(record.Headers);
        return response;
    }

    private CloudResponse Delete(ObjectRequest request)
    {
        _store.Delete(Bucket(request).Id, request.Key);
        return Empty(204);
    }

    private CloudResponse DeleteObjects(ObjectRequest request)
    {
        var bucket = Bucket(request);
        var (body, _) = Body(request.Http);
        var keys = ObjectDeletion.Keys(body);
        keys.ForEach(key => _store.Delete(bucket.Id, key));
        return Xml(new XElement(
            s_namespace + "DeleteResult",
            keys.Select(key => new XElement(s_namespace + "Deleted", new XElement(s_namespace + "Key", key)))));
    }

    private static (byte[] Bytes, ObjectChecksum Checksum) Body(CloudRequest request)
    {
        var isChunked = request["x-amz-content-sha256"]?.StartsWith("STREAMING-", StringComparison.Ordinal) == true
            || request["Content-Encoding"]?.Contains("aws-chunked", StringComparison.Ordinal) == true;
        var bytes = isChunked ? AwsChunks.Join(request.Body) : request.Body;
        return (bytes, ObjectChecksum.Check(request, bytes));
    }

    private static void AddChecksum(CloudResponse response, ObjectRecord record)
    {
        if (record.Checksum is { } checksum)
        {
            response.Headers.Add(new(checksum.Header, checksum.Value));
            response.Headers.Add(new("x-amz-checksum-type", "FULL_OBJECT"));
        }
    }

    private BucketRecord Bucket(ObjectRequest request) =>
        _store.Buckets.Find(request.Bucket) ?? throw new CloudException("NoSuchBucket", "The specified bucket does not exist", 404);

    private static CloudResponse Empty(int status, string? header = null, string value = "") =>
        new(status, []) { Headers = header is null ? [] : [new(header, value)] };
}
