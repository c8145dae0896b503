using Baker.Cli.Sessions;
using McMaster.Extensions.CommandLineUtils;

namespace Baker.Cli.Tests.Programs;

/// <summary>The native program beside the ReadyToRun one: the same words, each in a project and on a local cloud of its own, must say the same.</summary>
public sealed class ProgramComparisonTests
{
    private static readonly string[] s_commands = Commands();

    [Test]
    public void Invocations_Together_HaveEveryCommandOfTheTable()
    {
        var asked = Invocations.All.Select(line => line.Split(' ')[0]).ToHashSet(StringComparer.Ordinal);

        Assert.That(s_commands.Where(command => !asked.Contains(command)), Is.Empty, "commands that the programs are not compared by");
    }

    [Test]
    public async Task Programs_AskedTheSame_SayTheSame()
    {
        var native = NativeProgram();
        using var one = Begin();
        using var other = Begin();
        var (left, right) = (new Transcript(one.Folder), new Transcript(other.Folder));
        using var all = Assert.EnterMultipleScope();
        foreach (var line in Invocations.All.Concat(s_commands.Select(command => command + " --help")))
        {
            var runs = await Task.WhenAll(RunAsync(PackageProgram.ReadyToRun, one, line), RunAsync(native, other, line));
            var (expected, actual) = (runs[0], runs[1]);

            Assert.That(actual.Code, Is.EqualTo(expected.Code), $"package {line}\n{expected.Out}{expected.Error}\n--- native:\n{actual.Out}{actual.Error}");
            if (line.StartsWith("instance:list", StringComparison.Ordinal) || line.StartsWith("instance:inventory", StringComparison.Ordinal))
            {
                // In the order of their ids, which are random.
                Assert.That(right.NormalLines(actual.Out), Is.EqualTo(left.NormalLines(expected.Out)), $"package {line}");
            }
            else
            {
                Assert.That(right.Normal(actual.Out), Is.EqualTo(left.Normal(expected.Out)), $"package {line}");
            }

            Assert.That(right.NormalLines(actual.Error), Is.EqualTo(left.NormalLines(expected.Error)), $"package {line}");
        }

        Assert.That(FilesOf(other, right), Is.EqualTo(FilesOf(one, left)), "the files that they leave");
    }

    [Test]
    public async Task Server_OfEither_IsReadAndStoppedByTheOther()
    {
        var native = NativeProgram();
        using var project = Begin();
        foreach (var (server, client) in new[] { (native, PackageProgram.ReadyToRun), (PackageProgram.ReadyToRun, native) })
        {
            using var serving = new Fleets.PackageProcess(project, ["local:serve", "--port", "0", "--no-exec"], program: server);
            await serving.UntilSaysAsync("http://127.0.0.1:");

            var baked = await RunAsync(client, project, "packer:run bee --force --json");
            var status = await RunAsync(client, project, "local:status --json");

            Assert.That((baked.Code, status.Code), Is.EqualTo((Core.ExitCode.Done, Core.ExitCode.Done)), baked.Error + status.Error);
            Assert.That(status.Out, Does.Contain("CreateImage"));
            serving.Terminate();
            Assert.That((await serving.EndAsync()).Code, Is.EqualTo(Core.ExitCode.Done));
        }
    }

    private static PackageProgram NativeProgram()
    {
        if (PackageProgram.Native is null)
        {
            Peers.Missing("BAKER_NATIVE_PROGRAM names no native program.");
        }

        return PackageProgram.Native!;
    }

    /// <summary>The names of all commands of the table.</summary>
    internal static string[] Commands()
    {
        var nowhere = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null };
        var session = new Session(nowhere, "/", new(() => new Dictionary<string, string>()), TimeProvider.System, CancellationToken.None);
        using var app = new CommandLineApplication();
        foreach (var register in CommandTable.All)
        {
            register(app, session);
        }

        return [.. app.Commands.Select(command => command.Name!)];
    }

    private static TestProject Begin()
    {
        var project = new TestProject(Invocations.Manifest);
        project.Write("broken.json", "{\"a\": [1, }");
        project.Write("environments.json", Invocations.Environments);
        project.Write("scripts/a.sh", "true\n");
        project.Write("key.pem", Key);
        foreach (var template in Directory.EnumerateFiles(Path.Combine(TestProject.RepositoryFolder, "templates")))
        {
            project.Write($"templates/{Path.GetFileName(template)}", File.ReadAllText(template));
        }

        return project;
    }

    private static string Key { get; } = MakeKey();

    private static string MakeKey()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }

    private static async Task<ProgramRun> RunAsync(PackageProgram program, TestProject project, string line)
    {
        var start = program.Start(project, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (var (name, value) in new[] { ("BAKER_LOCAL_EXEC", "0"), ("BAKER_LOCAL_SCALE", "0.02"), ("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", project.Folder) })
        {
            start.Environment[name] = value;
        }

        return await ProgramRun.OfAsync(start);
    }

    private static string FilesOf(TestProject project, Transcript transcript) => string.Join('\n', new[] { "roles", "packer", "dna" }
        .SelectMany(folder => project.Files(folder).Select(file => $"{folder}/{transcript.Normal(file)}\n{transcript.Normal(Text(project, folder, file))}")));

    private static string Text(TestProject project, string folder, string file) =>
        File.ReadAllText(Directory.EnumerateFiles(project.PathOf(folder), file, SearchOption.AllDirectories).First());
}
