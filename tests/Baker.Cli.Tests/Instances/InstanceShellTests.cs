using Baker.Cli.Reaching;
using Baker.Core;

namespace Baker.Cli.Tests.Instances;

/// <summary>The command that opens a session on AWS, as far as what is installed decides it.</summary>
internal sealed class InstanceShellTests
{
    private TestProject _folder = null!;

    [SetUp]
    public void Open() => _folder = new TestProject();

    [TearDown]
    public void Close() => _folder.Dispose();

    [Test]
    public void OnAws_BothInstalled_StartsASession()
    {
        Install("aws");
        Install("session-manager-plugin");

        Assert.That(NodeReach.OnAws("instance:shell", "i-1", "eu-west-1", "/nowhere:" + _folder.Folder), Is.EqualTo(new[] { "aws", "ssm", "start-session", "--region", "eu-west-1", "--target", "i-1" }));
    }

    [Test]
    public void OnAws_AnotherKindOfSession_IsAskedForByItsDocument()
    {
        Install("aws");
        Install("session-manager-plugin");

        Assert.That(NodeReach.OnAws("instance:forward", "i-1", "eu-west-1", _folder.Folder, "--document-name", "AWS-StartPortForwardingSession"), Is.EqualTo(new[] { "aws", "ssm", "start-session", "--region", "eu-west-1", "--target", "i-1", "--document-name", "AWS-StartPortForwardingSession" }));
    }

    [Test]
    public void OnAws_PluginMissing_SaysWhatToInstall()
    {
        Install("aws");

        var error = Assert.Throws<BakerException>(() => NodeReach.OnAws("instance:shell", "i-1", "eu-west-1", _folder.Folder));

        Assert.That(error!.Message, Does.Contain("session-manager-plugin is not on the PATH"));
        Assert.That(error.Remedy, Does.Contain("session-manager-working-with-install-plugin"));
    }

    [Test]
    public void OnAws_NothingInstalled_NamesTheCliFirst() =>
        Assert.That(Assert.Throws<BakerException>(() => NodeReach.OnAws("instance:shell", "i-1", "eu-west-1", ""))!.Message, Does.Contain("aws is not on the PATH"));

    private void Install(string program)
    {
        _folder.Write(program, "");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.PathOf(program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
