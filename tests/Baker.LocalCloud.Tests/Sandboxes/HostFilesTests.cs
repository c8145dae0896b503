using Baker.LocalCloud.Sandboxes;

namespace Baker.LocalCloud.Tests.Sandboxes;

public sealed class HostFilesTests
{
    [Test]
    [Platform("Linux")]
    public async Task Tool_ThatWarns_KeepsWhatItWroteApart()
    {
        var run = await HostCommand.RunAsync("sh", ["-c", "echo /found; echo \"/usr/bin/find: '/gone': No such file\" >&2"], "/", default);

        Assert.That(run, Is.EqualTo((0, "/found\n", "/usr/bin/find: '/gone': No such file\n")));
    }

    [Test]
    [Platform("Linux")]
    public async Task Hidden_ThatTheHostRemovedMeanwhile_IsPassedOver()
    {
        await using var folder = new TemporaryFolder();
        var gone = folder["gone"];

        new HiddenLayer(folder["layer"], user: true).Make([Path.Combine(gone, "a", "secret")]);

        Assert.That(Path.Exists(folder["layer"] + gone), Is.False);
    }
}
