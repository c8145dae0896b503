using System.Diagnostics;
using System.Runtime.Versioning;
using Baker.Cloud.Host;
using Baker.Core;

namespace Baker.Cli.Tests.Programs;

/// <summary>What a process says where the world fails it: never that it is a bug, and never an unhandled exception.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class FailureTests
{
    private const string Manifest = """
        {"__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-0123456789abcdef0"}, "g": {"autoscale": {"node_min": 1, "node_max": 2}}}
        """;

    [TestCase("packer:run g")]
    [TestCase("packer:run g --dry-run")]
    [TestCase("image:list")]
    [TestCase("packer:clean --dry-run")]
    [TestCase("autoscale:status")]
    [TestCase("instance:list")]
    public async Task Command_NobodyAnswers_SaysSoAndExitsThree(string command)
    {
        var run = await RunAsync($"{command} --cloud aws", ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1"));

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error + run.Out, Does.Contain("The cloud cannot be reached").And.Not.Contain("bug"));
    }

    [TestCase("instance:list --cloud aws", ExitCode.CloudFailed)]
    [TestCase("packer:run g --cloud aws --dry-run", ExitCode.CloudFailed)]
    [TestCase("instance:list --cloud local --no-exec", ExitCode.Done)]
    public async Task Command_ProfilesAreDamaged_SaysWhereAndDoesNotPrintThem(string command, ExitCode code)
    {
        var folder = Directory.CreateTempSubdirectory("baker-test-").FullName;
        var file = Path.Combine(folder, "credentials");
        await File.WriteAllTextAsync(file, "[default]\naws_secret_access_key wJalrXUtnFEMI\n");

        var run = await RunAsync(command, ("AWS_SHARED_CREDENTIALS_FILE", file));

        Directory.Delete(folder, recursive: true);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error + run.Out, Does.Not.Contain("wJalr").And.Not.Contain("bug"));
        Assert.That(run.Error.Contains("configuration cannot be read: Line 2", StringComparison.Ordinal), Is.EqualTo(code != ExitCode.Done), run.Error);
    }

    [TestCase("packer:run g --dry-run")]
    [TestCase("packer:run g")]
    [TestCase("image:list")]
    [TestCase("autoscale:status")]
    public async Task Command_NoCredentials_SaysSoAndExitsThree(string command)
    {
        var run = await RunAsync($"{command} --cloud aws");

        Assert.That(run.Code, Is.EqualTo(ExitCode.CloudFailed), run.Error);
        Assert.That(run.Error + run.Out, Does.Contain("There are no AWS credentials").And.Not.Contain("bug").And.Not.Contain("Exception 2").And.Not.Contain("following errors"));
    }

    [TestCase("node:list")]
    [TestCase("node:show g")]
    [TestCase("--help")]
    public async Task Command_NoRoomForItsOutput_SaysSoAndExitsOne(string command)
    {
        var run = await RunAsync($"{command} > /dev/full");

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.StartWith("package: The disk is full").And.Not.Contain("Unhandled"));
    }

    [Test]
    public async Task Command_OnAws_KeepsWhatItRemembersForItsOwnerAlone()
    {
        using var project = new TestProject(Manifest);
        Directory.CreateDirectory(project.PathOf(".package"));
        File.SetUnixFileMode(project.PathOf(".package"), (UnixFileMode)0b111_111_111);
        var start = PackageProgram.ForProcesses.Start(project, "image:list", "--cloud", "aws");
        foreach (var (name, value) in new[] { ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1") })
        {
            start.Environment[name] = value;
        }

        Assert.That((await ProgramRun.OfAsync(start)).Code, Is.EqualTo(ExitCode.CloudFailed));
        Assert.That(File.GetUnixFileMode(project.PathOf(".package")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(project.Read(".package/.gitignore"), Is.EqualTo("*\n"));
    }

    [TestCase("INT", ExitCode.Interrupted)]
    [TestCase("TERM", (ExitCode)143)]
    public async Task Command_InterruptedAgainWhereNothingCanStopIt_EndsAtOnce(string signal, ExitCode code)
    {
        using var project = new TestProject(Manifest);
        var pipe = project.PathOf("pipe");
        await Process.Start("mkfifo", [pipe]).WaitForExitAsync();
        var start = PackageProgram.ForProcesses.Start(project, "image:list", "--cloud", "aws");
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = pipe;
        using var process = Process.Start(start)!;
        await using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write); // opens when the program reads
        var interrupts = 0;
        for (; interrupts < 20 && !process.HasExited; interrupts++)
        {
            await Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExitAsync();
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System));
        }

        Assert.That((process.ExitCode, interrupts), Is.EqualTo(((int)code, 2)), await process.StandardError.ReadToEndAsync());
    }

    /// <summary>Whoever can write to a folder must not have their programs run by who works there.</summary>
    [TestCase("packer:run g --dry-run", "git ls-remote failed")]
    [TestCase("config:edit g", "")]
    public async Task Command_ProgramsOfTheCurrentFolder_AreNotStarted(string command, string said)
    {
        using var project = new TestProject(Manifest
            .Replace("\"g\": {", "\"__settings__\": {\"cloud\": \"local\"}, \"g\": {\"code\": {\"repository\": \"app.git\", \"path\": \"/srv/app\"}, ", StringComparison.Ordinal));
        foreach (var program in new[] { "git", "sh", "env", "nsenter", "ssh", "packer", "aws" })
        {
            project.Write(program, "#!/bin/sh\necho started >> started\nexit 1\n");
            File.SetUnixFileMode(project.PathOf(program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = PackageProgram.ForProcesses.Start(project, command.Split(' '));
        start.FileName = ProgramPath.Need(start.FileName);
        start.Environment["EDITOR"] = "true";
        var run = await ProgramRun.OfAsync(start);

        Assert.That(project.PathOf("started"), Does.Not.Exist, run.Error);
        Assert.That(run.Error, Does.Contain(said));
    }

    [TestCase("node:list --manifest /dev/stdin")]
    [TestCase("config:set g NAME")]
    [TestCase("config:import g -")]
    [TestCase("config:import g pipe --cloud local")]
    public async Task Command_InterruptedAsItReadsAPipe_EndsAtOnce(string command)
    {
        using var project = new TestProject(Manifest.Replace("\"g\"", "\"__settings__\": {\"cloud\": \"local\"}, \"g\"", StringComparison.Ordinal));
        var pipe = project.PathOf("pipe");
        await Process.Start("mkfifo", [pipe]).WaitForExitAsync();
        var start = PackageProgram.ForProcesses.Start(project, command.Split(' '));
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" < pipe", start.FileName, .. start.ArgumentList])
        {
            WorkingDirectory = project.Folder,
            RedirectStandardError = true,
        })!;
        await using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await writer.WriteAsync(Enumerable.Repeat((byte)' ', 256 * 1024).ToArray()); // more than a pipe holds: the program reads by then, and there is more to come

        await Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3), TimeProvider.System);

        var said = await process.StandardError.ReadToEndAsync();
        Assert.That((process.ExitCode, said.Contains("package: interrupted", StringComparison.Ordinal)), Is.EqualTo((130, true)), said);
    }

    private static async Task<ProgramRun> RunAsync(string line, params (string Name, string Value)[] environment)
    {
        using var project = new TestProject(Manifest);
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{PackageProgram.ForProcesses.Shell} {line}"]) { WorkingDirectory = project.Folder };
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = project.Folder;
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return await ProgramRun.OfAsync(start);
    }
}
