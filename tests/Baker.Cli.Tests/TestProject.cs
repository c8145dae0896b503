using System.Text;
using Amazon.Runtime;
using Baker.Cli.Sessions;
using Baker.Cloud;
using Baker.Core;
using Baker.LocalCloud.Signing;

namespace Baker.Cli.Tests;

/// <summary>A project in a folder of its own, and <c>package</c> run in it in process.</summary>
internal sealed class TestProject : IDisposable
{
    public TestProject(string? manifest = null)
    {
        Folder = Directory.CreateTempSubdirectory("baker-test-").FullName;
        if (manifest is not null)
        {
            Write("nodes.json", manifest);
        }
    }

    /// <summary>One whose instances run nothing and are quick, and which has a script, <c>a.sh</c>, to bake with.</summary>
    public static TestProject OnAQuickCloud(string manifest)
    {
        var project = new TestProject(manifest);
        project.Write("a.sh", "true\n");
        project.Environment["BAKER_LOCAL_EXEC"] = "0";
        project.Environment["BAKER_LOCAL_SCALE"] = "0.02";
        return project;
    }

    public string Folder { get; }

    /// <summary>The environment that <c>package</c> sees; the tests' own is not handed on.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The clock that <c>package</c>, and its local cloud, see.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What lies between <c>package</c> and the local cloud.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Network { get; set; } = cloud => cloud;

    /// <summary>What lies between <c>package</c> and instances' SSH servers.</summary>
    public Func<SshReach, SshReach> Ssh { get; set; } = reach => reach;

    /// <summary>The text of a file of the repository.</summary>
    public static string Repository(string file) => File.ReadAllText(Path.Combine(RepositoryFolder, file));

    public static string RepositoryFolder { get; } = FindRepository();

    /// <summary>What a person at the terminal answers; null where there is nobody.</summary>
    public string? Answer { get; set; }

    /// <summary>Cancelled by whoever stops the command.</summary>
    public CancellationToken Stop { get; set; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public string PathOf(string file) => Path.Combine(Folder, file);

    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text, new UTF8Encoding(false));
    }

    public string Read(string file) => File.ReadAllText(PathOf(file));

    /// <summary>The access key of its local cloud, once that was opened.</summary>
    public BasicAWSCredentials Key()
    {
        var key = AccessKey.Find(PathOf(".package"))!;
        return new BasicAWSCredentials(key.Id, key.Secret);
    }

    public string[] Files(string folder) => Directory.Exists(PathOf(folder))
        ? [.. Directory.EnumerateFiles(PathOf(folder), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal)!]
        : [];

    /// <summary>The records of what was baked, without the contents of images.</summary>
    public string[] Records() => Directory.Exists(PathOf("builds"))
        ? [.. Directory.EnumerateFiles(PathOf("builds")).Select(Path.GetFileName).Order(StringComparer.Ordinal)!]
        : [];

    public async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var answers = Answer is null ? null : new StringReader(Answer);
        var terminal = new Terminal { Out = output, Error = error, Answers = answers };
        var session = new Session(terminal, Folder, new(() => Environment), Time, Stop) { Network = Network, Ssh = Ssh };
        var code = await Program.RunAsync(session, arguments).ConfigureAwait(false);
        return new ProgramRun(code, output.ToString(), error.ToString());
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Baker.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
