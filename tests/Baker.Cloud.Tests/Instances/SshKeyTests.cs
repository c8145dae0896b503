using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amazon.EC2.Model;
using Baker.Cloud.Instances;
using Baker.Cloud.Tests.Fleets;
using Baker.Core;

namespace Baker.Cloud.Tests.Instances;

internal sealed class SshKeyTests
{
    private static readonly byte[] s_ed25519 = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    [Test]
    public void Read_Pem_GivesTheOpenSshForm()
    {
        using var rsa = RSA.Create(2048);
        var modulus = rsa.ExportParameters(false).Modulus!;

        var key = SshKey.Read(rsa.ExportRSAPrivateKeyPem(), "ops.pem");

        var blob = Convert.FromBase64String(key.PublicHalf.Split(' ')[1]);
        Assert.That(key.PublicHalf, Does.StartWith("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"));
        Assert.That(blob[^modulus.Length..], Is.EqualTo(modulus));
    }

    [Test]
    public void Read_OpenSshEd25519_GivesThePublicHalf()
    {
        var key = SshKey.Read(OpenSsh(s_ed25519), "ops");

        Assert.That(key.PublicHalf, Is.EqualTo("ssh-ed25519 " + Convert.ToBase64String(Blob(s_ed25519))));
    }

    [TestCase("")]
    [TestCase("no key")]
    [TestCase("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")]
    [TestCase("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")]
    public void Read_NoKey_NamesTheFile(string text)
    {
        var error = Assert.Throws<BakerException>(() => SshKey.Read(text, "ops.pem"));

        Assert.That(error!.Message, Does.StartWith("ops.pem holds no private key"));
    }

    [Test]
    public async Task IsMissing_NoSuchPair_IsTrue()
    {
        await using var stage = await LocalStage.OpenAsync();

        Assert.That(await new KeyPairs(stage.Clients, stage.Pacer).IsMissingAsync("ops", SshKey.Read(OpenSsh(s_ed25519), "ops"), CancellationToken.None), Is.True);
    }

    [Test]
    public async Task IsMissing_OwnPair_IsFalse()
    {
        await using var stage = await LocalStage.OpenAsync();
        var keys = new KeyPairs(stage.Clients, stage.Pacer);
        using var rsa = RSA.Create(2048);
        foreach (var key in new[] { SshKey.Read(OpenSsh(s_ed25519), "one"), SshKey.Read(rsa.ExportPkcs8PrivateKeyPem(), "two") })
        {
            await keys.ImportAsync(key.Path, key, CancellationToken.None);

            Assert.That(await keys.IsMissingAsync(key.Path, key, CancellationToken.None), Is.False);
        }
    }

    [Test]
    public async Task IsMissing_PairOfAnotherKey_IsRefusedWithBothFingerprints()
    {
        await using var stage = await LocalStage.OpenAsync();
        var keys = new KeyPairs(stage.Clients, stage.Pacer);
        using var rsa = RSA.Create(2048);
        await keys.ImportAsync("ops", SshKey.Read(rsa.ExportRSAPrivateKeyPem(), "ops"), CancellationToken.None);
        var other = SshKey.Read(OpenSsh(s_ed25519), "~/.ssh/ops");

        var error = await Assert.ThrowsAsync<BakerException>(() => keys.IsMissingAsync("ops", other, CancellationToken.None));

        var pair = (await stage.Clients.EC2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest { KeyNames = ["ops"] })).KeyPairs.Single();
        Assert.That(error!.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(error.Message, Does.Contain(pair.KeyFingerprint).And.Contain(other.Fingerprints[0]).And.Contain("~/.ssh/ops"));
    }

    [Test]
    public async Task Matches_FingerprintAlone_TellsKeysApart()
    {
        await using var stage = await LocalStage.OpenAsync();
        using var rsa = RSA.Create(2048);
        foreach (var key in new[] { SshKey.Read(rsa.ExportRSAPrivateKeyPem(), "one"), SshKey.Read(OpenSsh(s_ed25519), "two") })
        {
            var imported = await stage.Clients.EC2.ImportKeyPairAsync(new ImportKeyPairRequest { KeyName = key.Path, PublicKeyMaterial = Convert.ToBase64String(Encoding.UTF8.GetBytes(key.PublicHalf)) });

            Assert.That(key.Matches(null, imported.KeyFingerprint), Is.True, "imported");
            Assert.That(key.Matches(null, "00:" + imported.KeyFingerprint), Is.False);
        }
    }

    [Test]
    public async Task Matches_KeyThatEc2Made_IsItsOwn()
    {
        await using var stage = await LocalStage.OpenAsync();
        var made = (await stage.Clients.EC2.CreateKeyPairAsync(new CreateKeyPairRequest { KeyName = "made" })).KeyPair;

        var key = SshKey.Read(made.KeyMaterial, "made.pem");

        Assert.That(key.Matches(null, made.KeyFingerprint), Is.True);
    }

    /// <summary>A key file as ssh-keygen writes it, as far as its public half is concerned.</summary>
    private static string OpenSsh(byte[] key)
    {
        byte[] none = [.. Part("none"u8.ToArray())];
        byte[] body = [.. "openssh-key-v1\0"u8, .. none, .. none, .. Part([]), 0, 0, 0, 1, .. Part(Blob(key)), .. Part(new byte[96])];
        return $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(body, Base64FormattingOptions.InsertLineBreaks)}\n-----END OPENSSH PRIVATE KEY-----\n";
    }

    private static byte[] Blob(byte[] key) => [.. Part("ssh-ed25519"u8.ToArray()), .. Part(key)];

    private static byte[] Part(byte[] bytes)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        return [.. length, .. bytes];
    }
}
