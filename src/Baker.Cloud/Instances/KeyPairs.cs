using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Baker.Cloud.Pacing;
using Baker.Core;

namespace Baker.Cloud.Instances;

/// <summary>Key pairs: the public half of a private key, imported where AWS lacks it. The private half stays where it is.</summary>
public sealed class KeyPairs(CloudClients clients, Pacer pacer)
{
    /// <summary>Whether AWS has no key of that name yet.</summary>
    /// <exception cref="BakerException">It has one, and that is of another key: an instance with it could not be entered.</exception>
    public async Task<bool> IsMissingAsync(string name, SshKey key, CancellationToken stop)
    {
        KeyPairInfo? existing;
        try
        {
            var reply = await pacer.SendAsync(
                clients.EC2.DescribeKeyPairsAsync,
                new DescribeKeyPairsRequest { KeyNames = [name], IncludePublicKey = true },
                stop).ConfigureAwait(false);
            existing = reply.KeyPairs?.FirstOrDefault();
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidKeyPair.NotFound")
        {
            return true;
        }

        if (existing is null || key.Matches(existing.PublicKey, existing.KeyFingerprint))
        {
            return existing is null;
        }

        throw new BakerException(
            ExitCode.BadInput,
            $"{clients.Region} has a key pair {name} already, made from another key (fingerprint "
                + $"{existing.KeyFingerprint}; {key.Path} has {key.Fingerprints[0]}).",
            $"Give the key that {name} was made from, or rename the file: its name becomes the key pair's.");
    }

    public async Task ImportAsync(string name, SshKey key, CancellationToken stop)
    {
        try
        {
            await pacer.SendAsync(clients.EC2.ImportKeyPairAsync, new ImportKeyPairRequest
            {
                KeyName = name,
                PublicKeyMaterial = Convert.ToBase64String(Encoding.UTF8.GetBytes(key.PublicHalf)),
            }, stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidKeyPair.Duplicate")
        {
            // Somebody else, or a call whose reply was lost, was first.
        }
    }
}
