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

    [TestCase(0, true)]
    [TestCase(-2, false)]
    [TestCase(2, false)]
    [Platform("Linux")]
    public async Task Programs_ThatWereClosed_AreKnownForAnHour(int hours, bool isKnown)
    {
        await using var folder = new TemporaryFolder();
        var cache = folder["closed-programs"];
        await File.WriteAllTextAsync(cache, "/usr/of-before\0");
        File.SetLastWriteTimeUtc(cache, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(hours));

        var hidden = await new HostFiles("/home", cache).HiddenAsync(default);

        Assert.That(hidden.Contains("/usr/of-before"), Is.EqualTo(isKnown));
        Assert.That((await File.ReadAllTextAsync(cache)).Contains("/usr/of-before", StringComparison.Ordinal), Is.EqualTo(isKnown), "what is kept");
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
