using Baker.Cloud.Images.PackerEngine;
using Baker.Core;
using Baker.Core.Artifacts;

namespace Baker.Cloud.Tests.PackerEngine;

/// <summary>The engine against a shell script that behaves as Packer does; the real one is driven on the local cloud.</summary>
[Platform("Unix", Reason = "the stand-in is a shell script")]
// It writes programs and starts them: what another test starts meanwhile would hold the file open for writing ("text file busy").
[NonParallelizable]
internal sealed class PackerBuilderTests
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("baker-packer-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Build_RecordWritten_GivesTheLastRunsImages()
    {
        var builder = Packer("""
            mkdir -p builds
            cat > builds/www.packer.json <<'RECORD'
            {"builds": [{"packer_run_uuid": "a", "artifact_id": "us-east-1:ami-0"}, {"packer_run_uuid": "b", "artifact_id": "us-east-1:ami-1,eu-west-1:ami-2"}], "last_run_uuid": "b"}
            RECORD
            """);

        var images = await builder.BuildAsync(Order(), _ => { }, CancellationToken.None);

        Assert.That(images, Is.EqualTo(new[] { new PackerImage("us-east-1", "ami-1"), new PackerImage("eu-west-1", "ami-2") }));
    }

    [Test]
    public async Task Build_NoRecordButAnImageInTheOutput_GivesThat()
    {
        var builder = Packer("echo '--> www: AMIs were created:'; echo 'us-east-1: ami-12ab'; echo");

        var images = await builder.BuildAsync(Order(), _ => { }, CancellationToken.None);

        Assert.That(images, Is.EqualTo(new[] { new PackerImage("us-east-1", "ami-12ab") }));
    }

    [Test]
    public async Task Build_Arguments_AreVariablesThenTheTemplate()
    {
        var builder = Packer("printf '%s\\n' \"$@\"; echo \"$SECRET\"; echo 'us-east-1: ami-1'");
        var lines = new List<string>();

        await builder.BuildAsync(
            Order() with { Variables = [new("endpoint", "http://127.0.0.1:1"), new("run", "r1")], Environment = [new("SECRET", "not an argument")] },
            line => { lock (lines) { lines.Add(line); } },
            CancellationToken.None);

        Assert.That(lines, Is.EqualTo(new[]
        {
            "build", "-color=false", "-on-error=cleanup", "-var", "endpoint=http://127.0.0.1:1", "-var", "run=r1", Path.Combine(_folder, "packer/www.json"), "not an argument", "us-east-1: ami-1",
        }));
    }

    [Test]
    public async Task Build_PayloadListsPackages_AreToldAndNotShown()
    {
        var lines = new List<string>();
        PackageListing? told = null;
        var builder = Packer("""
            printf '    www: @contents %s\n' "$(printf 'os\tdebian\t12\t\ndeb\tzlib1g\t1.3\tamd64\n' | gzip -9 | base64 | tr -d '\n')"
            echo '    www: @contents is what a script printed'; echo 'us-east-1: ami-1'
            """);

        await builder.BuildAsync(Order() with { TellPackages = packages => told = packages }, line => { lock (lines) { lines.Add(line); } }, CancellationToken.None);

        Assert.That(told!.Packages.Select(package => $"{package.Name} {package.Version}"), Is.EqualTo(new[] { "zlib1g 1.3" }));
        Assert.That(lines, Is.EqualTo(new[] { "    www: @contents is what a script printed", "us-east-1: ami-1" }));
    }

    [Test]
    public async Task Build_PackerFails_GivesItsCodeAndLastLines()
    {
        var builder = Packer("for i in $(seq 30); do echo line $i; done; exit 1");

        var error = (await Assert.ThrowsAsync<BakerException>(() => builder.BuildAsync(Order(), _ => { }, CancellationToken.None)))!;

        Assert.That(error.Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(error.Message, Does.Contain("exit code 1").And.Contain("line 30").And.Contain("line 11").And.Not.Contain("line 10\n"));
    }

    [Test]
    public async Task Build_RecordOfAnEarlierRunOnly_IsAFailure()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "builds"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "builds/www.packer.json"), """{"builds": [{"packer_run_uuid": "a", "artifact_id": "us-east-1:ami-0"}], "last_run_uuid": "a"}""");

        var error = (await Assert.ThrowsAsync<BakerException>(() => Packer("true").BuildAsync(Order(), _ => { }, CancellationToken.None)))!;

        Assert.That(error.Message, Does.Contain("names no image"));
    }

    [Test]
    public async Task Build_NoPacker_SaysHowToGoOn()
    {
        var builder = new PackerBuilder(TimeProvider.System) { Program = Path.Combine(_folder, "nowhere/packer") };

        var error = (await Assert.ThrowsAsync<BakerException>(() => builder.BuildAsync(Order(), _ => { }, CancellationToken.None)))!;

        Assert.That(error.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(error.Remedy, Does.Contain("PATH"));
    }

    [Test]
    public async Task Build_Cancelled_LetsPackerCleanUp()
    {
        using var stop = new CancellationTokenSource();
        var builder = Packer("trap 'echo cleaned > cleaned; exit 1' TERM; echo ready; while :; do sleep 0.05; done");

        await Assert.CatchAsync<OperationCanceledException>(() => builder.BuildAsync(Order(), _ => stop.Cancel(), stop.Token));

        Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "cleaned")), Is.EqualTo("cleaned\n"));
    }

    [Test]
    public async Task Build_CancelledAndDeaf_IsEndedWhenPatienceIsOver()
    {
        using var stop = new CancellationTokenSource();
        var lines = new List<string>();
        var builder = Packer("trap '' TERM; echo ready; while :; do sleep 0.05; done", TimeSpan.FromSeconds(0.3));

        await Assert.CatchAsync<OperationCanceledException>(() => builder.BuildAsync(
            Order(),
            line =>
            {
                lock (lines)
                {
                    lines.Add(line);
                }

                stop.Cancel();
            },
            stop.Token));

        Assert.That(lines[^1], Does.Contain("may be left"));
    }

    private PackerBuilder Packer(string script, TimeSpan? patience = null)
    {
        var program = Path.Combine(_folder, "packer.sh");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return new PackerBuilder(TimeProvider.System) { Program = program, Patience = patience ?? TimeSpan.FromSeconds(20) };
    }

    private PackerOrder Order() => new()
    {
        Group = "www",
        TemplatePath = Path.Combine(_folder, "packer/www.json"),
        RecordPath = Path.Combine(_folder, "builds/www.packer.json"),
        WorkingFolder = _folder,
    };
}
