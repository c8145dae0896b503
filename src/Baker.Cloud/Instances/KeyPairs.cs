using System.Buffers.Binary;
using System.Security.Cryptography;
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
    public async Task<bool> IsMissingAsync(string name, CancellationToken stop)
    {
        try
        {
            var reply = await pacer.SendAsync(clients.EC2.DescribeKeyPairsAsync, new DescribeKeyPairsRequest { KeyNames = [name] }, stop).ConfigureAwait(false);
            return reply.KeyPairs is not { Count: > 0 };
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidKeyPair.NotFound")
        {
            return true;
        }
    }

    public async Task ImportAsync(string name, string publicKey, CancellationToken stop)
    {
        try
        {
            await pacer.SendAsync(clients.EC2.ImportKeyPairAsync, new ImportKeyPairRequest { KeyName = name, PublicKeyMaterial = Convert.ToBase64String(Encoding.UTF8.GetBytes(publicKey)) }, stop).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception error) when (error.ErrorCode == "InvalidKeyPair.Duplicate")
        {
            // Somebody else, or a call whose reply was lost, was first.
        }
    }

    /// <summary>The OpenSSH form of a private key's public half. OpenSSH's own key files carry it unencrypted; PEM files give it by calculation.</summary>
    /// <exception cref="BakerException">The text is no private key that can be read.</exception>
    public static string PublicHalf(string pem, string path)
    {
        const string Begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
        try
        {
            if (pem.TrimStart().StartsWith(Begin, StringComparison.Ordinal))
            {
                var body = Convert.FromBase64String(string.Concat(pem.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("-----", StringComparison.Ordinal))));
                var at = "openssh-key-v1\0".Length;
                Part(body, ref at); // cipher
                Part(body, ref at); // key derivation
                Part(body, ref at); // its options
                at += 4; // how many keys: one
                var blob = Part(body, ref at);
                var start = 0;
                return $"{Encoding.ASCII.GetString(Part(blob, ref start))} {Convert.ToBase64String(blob)}";
            }

            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            var key = rsa.ExportParameters(includePrivateParameters: false);
            var bytes = new List<byte>();
            Append(bytes, "ssh-rsa"u8.ToArray());
            Append(bytes, Positive(key.Exponent!));
            Append(bytes, Positive(key.Modulus!));
            return $"ssh-rsa {Convert.ToBase64String([.. bytes])}";
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or FormatException)
        {
            throw new BakerException(ExitCode.BadInput, $"{path} holds no private key that can be read: {error.Message}", "Give an OpenSSH or PEM private key without a passphrase on it (ssh-keygen -p removes one).", error);
        }
    }

    private static byte[] Part(byte[] bytes, ref int at)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        var part = bytes.AsSpan(at + 4, length).ToArray();
        at += 4 + length;
        return part;
    }

    private static void Append(List<byte> bytes, byte[] part)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        bytes.AddRange(length);
        bytes.AddRange(part);
    }

    /// <summary>SSH's numbers are signed: a leading one bit needs a zero byte before it.</summary>
    private static byte[] Positive(byte[] number) => (number[0] & 0x80) == 0 ? number : [0, .. number];
}
