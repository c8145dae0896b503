using System.Net;
using System.Net.Sockets;
using System.Text;
using Baker.Cloud.Communicators;
using Baker.Core;
using Baker.Core.Manifest;
using Baker.Core.Merging;

namespace Baker.Cloud.Tests.Communicators;

/// <summary>Whom a bake over SSH lets in: never everybody.</summary>
internal sealed class CallerRangeTests
{
    private static readonly NodeGroup s_group = new() { Name = GroupName.Parse("web"), Attributes = [] };

    [Test]
    public async Task Of_TheGroupNamesThem_TheyAndNoOthers()
    {
        var group = s_group with { Ssh = new SshSettings { SourceRanges = ["10.0.0.0/8", "2001:db8::/32"] } };
        Assert.That(await CallerRanges.OfAsync(group, new SshReach { CallerAddress = "127.0.0.1" }, null, CancellationToken.None), Is.EqualTo(new[] { "10.0.0.0/8", "2001:db8::/32" }));
    }

    [Test]
    public async Task Of_ACallerThatIsKnown_IsAlone() =>
        Assert.That(await CallerRanges.OfAsync(s_group, new SshReach { CallerAddress = "127.0.0.1" }, null, CancellationToken.None), Is.EqualTo(new[] { "127.0.0.1/32" }));

    [TestCase("203.0.113.7\n", "203.0.113.7/32")]
    [TestCase("2001:db8::7", "2001:db8::7/128")]
    public async Task Of_AnAddressThatIsAsked_IsTheAnswer(string answer, string range) =>
        Assert.That(await AskAsync(answer), Is.EqualTo(new[] { range }));

    [TestCase("0.0.0.0")]
    [TestCase("::")]
    [TestCase("<html>")]
    [TestCase("")]
    public void Of_AnAnswerThatIsNoAddress_IsAnErrorThatSaysWhatToSet(string answer) =>
        Assert.That(async () => await AskAsync(answer), Throws.InstanceOf<BakerException>().With.Property("Code").EqualTo(ExitCode.BadInput).And.Property("Remedy").Contains("temporary_security_group_source_cidrs"));

    [Test]
    public void Of_NothingIsSet_IsAnErrorThatSaysWhatToSet() =>
        Assert.That(async () => await CallerRanges.OfAsync(s_group, new SshReach(), null, CancellationToken.None), Throws.InstanceOf<BakerException>().With.Property("Remedy").Contains("public_address_url"));

    [Test]
    public void Of_APrivateAddress_IsNotAskedOfTheInternet()
    {
        var group = s_group with { Ssh = new SshSettings { Interface = "private_ip" } };
        Assert.That(async () => await CallerRanges.OfAsync(group, new SshReach(), new Uri("http://127.0.0.1:1/"), CancellationToken.None), Throws.InstanceOf<BakerException>().With.Message.Contains("private address"));
    }

    private static async Task<IEnumerable<string>> AskAsync(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, answer);
        var ranges = await CallerRanges.OfAsync(s_group, new SshReach(), new Uri($"http://{listener.LocalEndpoint}/"), CancellationToken.None);
        await serving;
        return ranges;
    }

    private static async Task ServeAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var buffer = new byte[4096];
        _ = await stream.ReadAsync(buffer);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}"));
    }
}
