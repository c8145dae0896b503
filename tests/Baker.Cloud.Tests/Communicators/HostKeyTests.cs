using Baker.Cloud.Communicators;

namespace Baker.Cloud.Tests.Communicators;

/// <summary>What is read from a console, and which keys are then accepted.</summary>
internal sealed class HostKeyTests
{
    private const string First = "AAAAC3NzaC1lZDI1NTE5AAAAIKaR259H719cS5TsdkTfnlosebBAEQEdMTaf1QqKQSsB";
    private const string Second = "AAAAC3NzaC1lZDI1NTE5AAAAIH5bHb9Ax8WvakkLAuc49elpRFaX/E6L+4XBuUsPN/pC";

    [Test]
    public void OfConsole_CloudInitsBlock_AcceptsItsKeysAlone()
    {
        var keys = HostKeys.OfConsole($"""
            [   12.1] cloud-init[712]: Generating public/private keys: ssh-ed25519 {Second}
            -----BEGIN SSH HOST KEY KEYS-----
            <14>Nov 26 10:00:00 cloud-init: ssh-ed25519 {First} root@ip-10-0-0-1
            -----END SSH HOST KEY KEYS-----
            login:
            """)!;

        Assert.That((keys.Accept(Convert.FromBase64String(First)), keys.Refused), Is.EqualTo((true, (string?)null)));
        Assert.That((keys.Accept(Convert.FromBase64String(Second)), keys.Refused), Is.EqualTo((false, "ssh-ed25519")));
        Assert.That(keys.Names, Is.EquivalentTo(new[] { "ssh-ed25519" }));
        Assert.That(keys.TookTheFirst, Is.False);
    }

    [TestCase("")]
    [TestCase("-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 " + First + " root@x\n")]
    [TestCase("-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 broken\n-----END SSH HOST KEY KEYS-----")]
    [TestCase("-----END SSH HOST KEY KEYS-----\nssh-ed25519 " + First + "\n-----BEGIN SSH HOST KEY KEYS-----")]
    public void OfConsole_NoWholeBlock_IsNone(string console) => Assert.That(HostKeys.OfConsole(console), Is.Null);

    [Test]
    public void Unknown_TakesTheFirstAndNoOther()
    {
        var keys = HostKeys.Unknown();

        Assert.That(keys.Accept(Convert.FromBase64String(First)), Is.True);
        Assert.That(keys.TookTheFirst, Is.True);
        Assert.That(keys.Accept(Convert.FromBase64String(Second)), Is.False);
        Assert.That(keys.Accept(Convert.FromBase64String(First)), Is.True);
    }
}
