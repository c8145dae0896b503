using System.Security.Cryptography;
using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.LocalCloud.Compute.Model;
using Baker.LocalCloud.Compute.Records;
using Baker.LocalCloud.Configuration;
using Baker.LocalCloud.Querying;
using Baker.LocalCloud.Routing;

namespace Baker.LocalCloud.Compute.Keys;

/// <summary>Key pairs.</summary>
internal sealed class KeyPairActions(ComputeModel compute)
{
    private static readonly Filters<KeyPairRecord> s_filters = new Filters<KeyPairRecord>()
        .Add("key-pair-id", k => k.Id)
        .Add("key-name", k => k.Name)
        .Add("fingerprint", k => k.Fingerprint)
        .Add("key-type", k => k.KeyType)
        .AddTags(k => k.Tags);

    public void Register(Router router)
    {
        router.Handle<CreateKeyPairRequest, CreateKeyPairResponse>(ServiceNames.Compute, Create);
        router.Handle<ImportKeyPairRequest, ImportKeyPairResponse>(ServiceNames.Compute, Import);
        router.Handle<DescribeKeyPairsRequest, DescribeKeyPairsResponse>(ServiceNames.Compute, Describe);
        router.Handle<DeleteKeyPairRequest, DeleteKeyPairResponse>(ServiceNames.Compute, Delete);
    }

    private CreateKeyPairResponse Create(Call call, CreateKeyPairRequest request)
    {
        CheckName(call, request.KeyName);
        if (request.KeyType?.Value is { } type && type != "rsa")
        {
            throw new CloudException("Unsupported", $"The local cloud makes RSA keys only; import one of type {type} instead.");
        }

        using var rsa = RSA.Create(2048);
        var tags = TagText.For("key-pair", request.TagSpecifications);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var fingerprint = KeyFingerprint.OfPrivate(rsa.ExportPkcs8PrivateKey());
        var record = Put(call, request.KeyName, "rsa", fingerprint, PublicKeyText.OfRsa(rsa, request.KeyName), tags);
        return new CreateKeyPairResponse
        {
            KeyPair = new KeyPair
            {
                KeyPairId = record.Id,
                KeyName = record.Name,
                KeyFingerprint = fingerprint,
                KeyMaterial = rsa.ExportRSAPrivateKeyPem() + "\n",
                Tags = TagText.ToModel(tags),
            },
        };
    }

    private ImportKeyPairResponse Import(Call call, ImportKeyPairRequest request)
    {
        CheckName(call, request.KeyName);
        var text = PublicKeyText.Decode(request.PublicKeyMaterial);
        var (type, blob) = PublicKeyText.Parse(text);
        var tags = TagText.For("key-pair", request.TagSpecifications);
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        var fingerprint = type == "ed25519"
            ? Convert.ToBase64String(SHA256.HashData(blob))
            : KeyFingerprint.OfPublic(PublicKeyText.DerOf(blob));
        var record = Put(call, request.KeyName, type, fingerprint, text, tags);
        return new ImportKeyPairResponse
        {
            KeyPairId = record.Id,
            KeyName = record.Name,
            KeyFingerprint = fingerprint,
            Tags = TagText.ToModel(tags),
        };
    }

    private DescribeKeyPairsResponse Describe(Call call, DescribeKeyPairsRequest request)
    {
        var filter = s_filters.Compile(request.Filters);
        var all = compute.Tables.KeyPairs.All.Where(k => k.Region == call.Region).ToList();
        foreach (var name in request.KeyNames ?? [])
        {
            if (!all.Exists(k => k.Name == name))
            {
                throw new CloudException("InvalidKeyPair.NotFound", $"The key pair '{name}' does not exist");
            }
        }

        foreach (var id in request.KeyPairIds ?? [])
        {
            compute.Lookup.Find(call, compute.Tables.KeyPairs, id);
        }

        return new DescribeKeyPairsResponse
        {
            KeyPairs = [.. all
                .Where(k => request.KeyNames is not { Count: > 0 } names || names.Contains(k.Name))
                .Where(k => request.KeyPairIds is not { Count: > 0 } ids || ids.Contains(k.Id))
                .Where(filter)
                .Select(k => new KeyPairInfo
                {
                    KeyPairId = k.Id,
                    KeyName = k.Name,
                    KeyFingerprint = k.Fingerprint,
                    KeyType = KeyType.FindValue(k.KeyType),
                    CreateTime = k.CreatedAt.UtcDateTime,
                    PublicKey = request.IncludePublicKey == true ? k.PublicKey : null,
                    Tags = TagText.ToModel(k.Tags),
                })],
        };
    }

    private DeleteKeyPairResponse Delete(Call call, DeleteKeyPairRequest request)
    {
        var found = compute.Tables.KeyPairs.All.FirstOrDefault(k =>
            k.Region == call.Region && (k.Name == request.KeyName || k.Id == request.KeyPairId));
        if (request.DryRun == true)
        {
            throw CloudException.DryRun();
        }

        if (found is not null)
        {
            compute.Tables.KeyPairs.Remove(found.Id);
        }

        return new DeleteKeyPairResponse { Return = true, KeyPairId = found?.Id };
    }

    private KeyPairRecord Put(
        Call call,
        string name,
        string type,
        string fingerprint,
        string publicKey,
        System.Collections.Immutable.ImmutableSortedDictionary<string, string> tags)
    {
        var record = new KeyPairRecord
        {
            Id = Identifiers.New("key"),
            Region = call.Region,
            Name = name,
            KeyType = type,
            Fingerprint = fingerprint,
            PublicKey = publicKey,
            CreatedAt = call.Now,
            Tags = tags,
        };
        compute.Tables.KeyPairs.Put(record);
        return record;
    }

    private void CheckName(Call call, string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw CloudException.Missing("KeyName");
        }

        if (compute.Tables.KeyPairs.All.Any(k => k.Region == call.Region && k.Name == name))
        {
            throw new CloudException("InvalidKeyPair.Duplicate", $"The keypair already exists");
        }
    }
}
