using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Amazon.CertificateManager;
using Amazon.CertificateManager.Model;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;
using Baker.LocalCloud.Running;

namespace Baker.LocalCloud.Certificates;

/// <summary>
/// AWS Certificate Manager for certificates that are imported: none is requested, so none has to be validated or renewed.
/// </summary>
internal sealed class CertificateService : ICloudService
{
    public const string Name = "acm";

    private const int MostTags = 50;
    private const int LargestPage = 1000;

    // Without a filter AWS lists no other keys.
    private static readonly string[] s_listedKeys = ["RSA_1024", "RSA_2048"];

    public CertificateService(CloudContext cloud) =>
        Store = new CertificateStore(cloud.Store.Table("certificates", CertificateJson.Default.CertificateRecord));

    public CertificateStore Store { get; }

    /// <summary>What serves with certificates, told when one is replaced.</summary>
    public Action Replaced { get; set; } = static () => { };

    public void Register(Router router)
    {
        router.Handle<ImportCertificateRequest, ImportCertificateResponse>(Name, Import);
        router.Handle<DescribeCertificateRequest, DescribeCertificateResponse>(Name, (call, request) =>
            new() { Certificate = Show(Find(call, request.CertificateArn), call.Now) });
        router.Handle<ListCertificatesRequest, ListCertificatesResponse>(Name, List);
        router.Handle<GetCertificateRequest, GetCertificateResponse>(Name, (call, request) =>
        {
            var found = Find(call, request.CertificateArn);
            return new() { Certificate = found.Body, CertificateChain = found.Chain };
        });
        router.Handle<DeleteCertificateRequest, DeleteCertificateResponse>(Name, Delete);
        router.Handle<ListTagsForCertificateRequest, ListTagsForCertificateResponse>(Name, (call, request) => new()
        {
            Tags = [.. Find(call, request.CertificateArn).Tags.Select(each => new Tag { Key = each.Key, Value = each.Value })],
        });
        router.Handle<AddTagsToCertificateRequest, AddTagsToCertificateResponse>(Name, (call, request) =>
        {
            var found = Find(call, request.CertificateArn);
            Store.Table.Put(found with { Tags = Limited(found.Tags.SetItems(TagsOf(request.Tags))) });
            return new();
        });
        router.Handle<RemoveTagsFromCertificateRequest, RemoveTagsFromCertificateResponse>(Name, (call, request) =>
        {
            // A tag with a value is removed only where it has that value.
            var found = Find(call, request.CertificateArn);
            Store.Table.Put(found with
            {
                Tags = found.Tags.RemoveRange((request.Tags ?? [])
                    .Where(each => each.Value is null || found.Tags.GetValueOrDefault(each.Key ?? "") == each.Value)
                    .Select(each => each.Key ?? "")),
            });
            return new();
        });
    }

    public void Reconcile(DateTimeOffset now)
    {
    }

    private ImportCertificateResponse Import(Call call, ImportCertificateRequest request)
    {
        var (body, key, chain) = (Text(request.Certificate)!, Text(request.PrivateKey)!, Text(request.CertificateChain));
        CertificateStore.Check(body, key, chain, call.Now);
        var before = request.CertificateArn is null ? null : Find(call, request.CertificateArn);
        if (before is not null && request.Tags is { Count: > 0 })
        {
            throw new CloudException("ValidationException", "Tagging is not permitted on re-import.");
        }

        var record = new CertificateRecord
        {
            Id = before?.Id ?? $"arn:aws:acm:{call.Region}:{call.AccountId}:certificate/{Guid.NewGuid()}",
            Region = call.Region,
            Body = body,
            Key = key,
            Chain = chain,
            CreatedAt = before?.CreatedAt ?? call.Now,
            ImportedAt = call.Now,
            Tags = before?.Tags ?? Limited(TagsOf(request.Tags)),
        };
        Store.Table.Put(record);
        if (before is not null)
        {
            Replaced();
        }

        return new ImportCertificateResponse { CertificateArn = record.Id };
    }

    private ListCertificatesResponse List(Call call, ListCertificatesRequest request)
    {
        var keys = request.Includes?.KeyTypes is { Count: > 0 } asked ? asked.ToArray() : s_listedKeys;
        var statuses = request.CertificateStatuses;
        var (items, next) = Paging.Page(
            after => Store.Table.After(after)
                .Where(each => each.Region == call.Region)
                .Where(each => statuses is not { Count: > 0 } || statuses.Contains(StatusOf(each, call.Now)))
                .Select(each => (Record: each, Facts: CertificateStore.FactsOf(each)))
                .Where(each => keys.Contains(each.Facts.KeyAlgorithm)),
            each => each.Record.Id,
            request.MaxItems ?? LargestPage,
            request.NextToken);
        return new ListCertificatesResponse
        {
            NextToken = next,
            CertificateSummaryList = items.ConvertAll(each => new CertificateSummary
            {
                CertificateArn = each.Record.Id,
                DomainName = each.Facts.Domain,
                SubjectAlternativeNameSummaries = [.. each.Facts.Names],
                HasAdditionalSubjectAlternativeNames = false,
                Status = StatusOf(each.Record, call.Now),
                Type = CertificateType.IMPORTED,
                KeyAlgorithm = each.Facts.KeyAlgorithm,
                KeyUsages = [.. each.Facts.Usages],
                ExtendedKeyUsages = [.. each.Facts.ExtendedUsages.Select(CertificateFacts.UsageOf)],
                InUse = Store.UsersOf(each.Record.Id).Any(),
                RenewalEligibility = RenewalEligibility.INELIGIBLE,
                NotBefore = each.Facts.NotBefore,
                NotAfter = each.Facts.NotAfter,
                CreatedAt = each.Record.CreatedAt.UtcDateTime,
                ImportedAt = each.Record.ImportedAt.UtcDateTime,
            }),
        };
    }

    private DeleteCertificateResponse Delete(Call call, DeleteCertificateRequest request)
    {
        var found = Find(call, request.CertificateArn);
        if (Store.UsersOf(found.Id).Any())
        {
            throw new CloudException("ResourceInUseException", $"Certificate {found.Id} in account {call.AccountId} is in use.");
        }

        Store.Table.Remove(found.Id);
        return new DeleteCertificateResponse();
    }

    private CertificateDetail Show(CertificateRecord record, DateTimeOffset now)
    {
        var facts = CertificateStore.FactsOf(record);
        return new CertificateDetail
        {
            CertificateArn = record.Id,
            DomainName = facts.Domain,
            SubjectAlternativeNames = [.. facts.Names],
            Serial = facts.Serial,
            Subject = facts.Subject,
            Issuer = facts.Issuer,
            CreatedAt = record.CreatedAt.UtcDateTime,
            ImportedAt = record.ImportedAt.UtcDateTime,
            Status = StatusOf(record, now),
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            KeyAlgorithm = DescribedKey(facts.KeyAlgorithm),
            SignatureAlgorithm = facts.SignatureAlgorithm,
            InUseBy = [.. Store.UsersOf(record.Id)],
            Type = CertificateType.IMPORTED,
            KeyUsages = [.. facts.Usages.Select(each => new KeyUsage { Name = each })],
            ExtendedKeyUsages = [.. facts.ExtendedUsages.Select(each => new ExtendedKeyUsage
            {
                OID = each,
                Name = CertificateFacts.UsageOf(each),
            })],
            RenewalEligibility = RenewalEligibility.INELIGIBLE,
            Options = new() { CertificateTransparencyLoggingPreference = CertificateTransparencyLoggingPreference.DISABLED },
        };
    }

    private CertificateRecord Find(Call call, string arn)
    {
        if (arn.Split(':') is not ["arn", _, "acm", var region, _, var resource]
            || !resource.StartsWith("certificate/", StringComparison.Ordinal))
        {
            throw new CloudException("InvalidArnException", $"The Amazon Resource Name (ARN) '{arn}' is not valid.");
        }

        return region == call.Region && Store.Table.Find(arn) is { } found
            ? found
            : throw new CloudException(
                "ResourceNotFoundException",
                $"Could not find certificate {arn}.");
    }

    private static string StatusOf(CertificateRecord record, DateTimeOffset now) =>
        CertificateStore.FactsOf(record).NotAfter < now.UtcDateTime ? "EXPIRED" : "ISSUED";

    // AWS writes RSA-2048 where it describes a certificate, and RSA_2048 where it lists one.
    private static string DescribedKey(string algorithm) => algorithm.Replace("RSA_", "RSA-", StringComparison.Ordinal);

    private static string? Text(MemoryStream? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes.ToArray());

    private static ImmutableSortedDictionary<string, string> TagsOf(List<Tag>? tags) =>
        RequestTags.Check("InvalidTagException", (tags ?? []).Select(tag => ((string?)tag.Key, (string?)tag.Value)));

    private static ImmutableSortedDictionary<string, string> Limited(ImmutableSortedDictionary<string, string> tags) =>
        tags.Count <= MostTags ? tags : throw new CloudException(
            "TooManyTagsException",
            string.Create(CultureInfo.InvariantCulture, $"A certificate can have at most {MostTags} tags."));
}
