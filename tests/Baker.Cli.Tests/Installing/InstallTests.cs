using System.Runtime.Versioning;
using Baker.Cli.Installing;
using Baker.Cli.Sessions;
using Baker.Core;

namespace Baker.Cli.Tests.Installing;

/// <summary><c>self:install</c> with an SDK that only pretends to build; <c>.ci/run</c> installs the real program.</summary>
// It writes programs and starts them: what another test starts meanwhile would hold the file open for writing ("text file busy").
[NonParallelizable]
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class InstallTests : IDisposable
{
    private readonly TestProject _stage = new();

    public InstallTests()
    {
        _stage.Write("clone/src/Baker.Cli/Baker.Cli.csproj", "");
        Tool("clang", "");
        Sdk("one");
        _stage.Environment["HOME"] = _stage.PathOf("home");
        _stage.Environment["PATH"] = $"{_stage.PathOf("tools")}:/usr/bin:/bin";
    }

    private string Command => _stage.PathOf("home/.local/bin/package");

    public void Dispose() => _stage.Dispose();

    [Test]
    public async Task Install_WithALinker_InstallsTheNativeProgramInTheHomeFolder()
    {
        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Is.EqualTo($"installed package one, the native program, as {Command}\n"));
        Assert.That(run.Error, Does.Contain($"{Path.GetDirectoryName(Command)} is not on the PATH"));
        Assert.That(File.ReadAllText(Command), Does.Contain("BakerNative=True"));
        Assert.That(Left(), Has.Length.EqualTo(1));
        Assert.That(_stage.Files("home/.local/share"), Is.EquivalentTo(new[] { "package.1", "package", "package.fish" }));
    }

    [Test]
    public async Task Install_ManualCannotBeWritten_SaysThatTheProgramIsInstalled()
    {
        _stage.Write("home/.local/share", "a file");

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("The program is installed, but not its manual page"));
        Assert.That(File.ReadAllText(Command), Does.Contain("BakerNative=True"));
    }

    [Test]
    public async Task Install_OnThePath_SaysNothingOfIt()
    {
        _stage.Environment["PATH"] = $"{Path.GetDirectoryName(Command)}:{_stage.Environment["PATH"]}";

        Assert.That((await InstallAsync()).Error, Does.Not.Contain("PATH"));
    }

    [Test]
    public async Task Install_WithoutALinker_InstallsTheOtherAndSaysWhy()
    {
        File.Delete(_stage.PathOf("tools/clang"));
        _stage.Environment["PATH"] = _stage.PathOf("tools");

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.Contain("the ReadyToRun (no C linker is at hand (clang or gcc)) program"));
        Assert.That(File.ReadAllText(Command), Does.Contain("BakerNative=False"));
    }

    [Test]
    public async Task Install_NativeBuildFails_InstallsTheOtherAndSaysWhy()
    {
        Sdk("one", "case $* in *BakerNative=True*) echo half > \"$out/half\"; echo ld: no room; exit 1;; esac");

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Contain("ld: no room"));
        Assert.That(run.Out, Does.Contain("ReadyToRun (the native build failed: ").And.Contain("native.log"));
        Assert.That(_stage.Files("home"), Does.Not.Contain("half"));
    }

    [TestCase("echo no SDK; exit 1", "The build failed:\nno SDK")]
    [TestCase("printf '#!/bin/sh\\necho broken >&2; exit 9' > \"$out/package\"; chmod +x \"$out/package\"; exit 0", "does not run: broken")]
    [TestCase("exit 0", "does not run")]
    public async Task Install_NothingThatRuns_KeepsWhatWasThere(string instead, string said)
    {
        await InstallAsync();
        Sdk("two", instead);

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain(said).And.Contain("what was installed before is still there").IgnoreCase);
        Assert.That(File.ReadAllText(Command), Does.Contain("echo one"));
        Assert.That(Left(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Install_Again_UpgradesAndKeepsTheOneBeforeForWhatStillRunsOfIt()
    {
        foreach (var version in new[] { "one", "two", "three" })
        {
            Sdk(version);
            Assert.That((await InstallAsync()).Code, Is.EqualTo(ExitCode.Done));
        }

        Assert.That(File.ReadAllText(Command), Does.Contain("echo three"));
        Assert.That(Left(), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Install_AfterOneThatWasKilled_RemovesItsRest()
    {
        _stage.Write("home/.local/libexec/package/.new-1/package", "half");

        await InstallAsync();

        Assert.That(Left(), Has.Length.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("relative")]
    public async Task Install_WithoutAHome_AsksForAFolder(string home)
    {
        _stage.Environment["HOME"] = home;

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("HOME").And.Contain("--prefix DIR"));
    }

    [Test]
    public async Task Install_SomethingElseThere_LeavesIt()
    {
        _stage.Write("home/.local/bin/package", "mine");

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("is not Baker's").And.Contain("--prefix"));
        Assert.That(File.ReadAllText(Command), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Install_AnotherAtWork_EndsAtOnce()
    {
        using var folder = new InstallFolder(_stage.PathOf("home/.local"));
        folder.Stage();

        var run = await InstallAsync();

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("one installation at a time"));
    }

    [Test]
    public async Task Install_PrefixThatIsAFile_SaysSo()
    {
        _stage.Write("taken", "");

        var run = await InstallAsync(prefix: "taken");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("cannot be installed into"));
    }

    [Test]
    public async Task Install_OutsideAClone_NamesTheRemedy()
    {
        var run = await InstallAsync(from: "tools");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("./package self:install"));
    }

    [Test]
    public async Task Install_DryRun_ChangesNothing()
    {
        var run = await InstallAsync(dryRun: true);

        Assert.That(run.Code, Is.EqualTo(ExitCode.Changes));
        Assert.That(run.Out, Does.Contain("native").And.Contain(Command));
        Assert.That(Directory.Exists(_stage.PathOf("home")), Is.False);
    }

    private string[] Left() => Directory.GetDirectories(_stage.PathOf("home/.local/libexec/package"));

    /// <summary>A <c>dotnet</c> whose publish writes a program that says the version and how it was asked for.</summary>
    private void Sdk(string version, string first = "") => Tool("dotnet", $$"""
        what="$*"
        while [ "$1" != -o ]; do shift; done
        out=$2
        set -- $what
        {{first}}
        printf '#!/bin/sh\n# %s\necho {{version}}\n' "$what" > "$out/package"
        /bin/chmod +x "$out/package"
        """);

    private void Tool(string name, string script)
    {
        _stage.Write($"tools/{name}", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(_stage.PathOf($"tools/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<ProgramRun> InstallAsync(string? prefix = null, bool dryRun = false, string from = "clone/artifacts/package")
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var session = new Session(new Terminal { Out = output, Error = error }, _stage.Folder, new(() => _stage.Environment), TimeProvider.System, CancellationToken.None);
        Directory.CreateDirectory(_stage.PathOf(from));
        try
        {
            var code = await new InstallCommand(session, _stage.PathOf(from)).RunAsync(prefix, readyToRun: false, dryRun, isJson: false);
            return new ProgramRun(code, output.ToString(), error.ToString());
        }
        catch (BakerException refused)
        {
            return new ProgramRun(refused.Code, output.ToString(), $"{error}{refused.Message}\n{refused.Remedy}");
        }
    }
}
