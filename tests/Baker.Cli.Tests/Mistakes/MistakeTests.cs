using System.Text;
using Baker.Core;

namespace Baker.Cli.Tests.Mistakes;

/// <summary>What people mistype, and the whole of what they are told.</summary>
public sealed class MistakeTests
{
    private const string Manifest = """
        {
          "__settings__": {"cloud": "local"},
          "__base__": {"region": "us-east-1", "instance_type": "m5.large", "source_ami": "ami-1ebb2077"},
          "bee": {},
          "www": {"autoscale": {"node_min": 1, "node_max": 4}}
        }
        """;

    private static readonly string[] Typed =
    [
        // Commands: a letter wrong, a namespace wrong, another separator, two words, a namespace alone, nothing near.
        "autoscale:stats", "autoscale:updaet www", "autoscale:frobnicate", "autoscal:run www", "autoscale", "autoscale-update www",
        "autoscale_update", "autoscale.update", "autoscale/update", "autoscale update www", "packer run", "packer-run bee", "packer",
        "packer rnu", "paker run", "role update", "roles:updat", "role-create", "role:updat", "enviroment:update", "environment list",
        "environment:frobnicate", "config:frobnicate", "config.set bee A=1", "image list", "image:lst", "instance ssh", "instance:deply",
        "local serve", "local-serve", "maintenance on www", "service:grph", "node list", "node:shwo bee", "plann", "aply", "freez on",
        "self install", "frobnicate", "frobnicate:all", "",

        // Options: mistyped, of another command, before a command, without a value, with one too many, twice.
        "role:create --chek", "role:create --check=yes", "role:create --forec", "packer:run bee --paralel 2", "packer:run --dryrun",
        "packer:run --dry_run", "packer:clean --keeep 3", "packer:clean -n", "packer:clean -n 1 -n 2", "packer:clean -n x",
        "autoscale:update www --paralel", "autoscale:update www --image", "autoscale:update www --strategi replace", "autoscale:status --jsn",
        "node:list -j", "node:list --manifest", "node:list --manifest=", "node:list --manifest a --manifest b", "--verion", "--frobnicate", "-x",
        "local:serve --prot 1", "instance:terminate one -q", "image:list --no-such --help",

        // Words: one too many, none where one is needed.
        "autoscale:run www api", "autoscale:scale www 3 5", "autoscale:scale www -1", "node:list bee", "node:show", "node:show bee www",
        "environment:list staging", "autoscale:run", "autoscale:scale www", "image:show", "image:list bee --tree x y", "self:install there",
        "environment:diff a b c", "local:env bee", "local:image lst",
    ];

    [Test]
    public async Task Mistakes_ShowWhatIsMeantAndHowItIsCalled()
    {
        var all = new StringBuilder();
        foreach (var typed in Typed)
        {
            using var project = new TestProject(Manifest);
            var run = await project.RunAsync(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            all.Append($"$ package {typed}\n{(int)run.Code}\n");
            if (typed.Length > 0)
            {
                all.Append(run.Error.Replace(project.Folder, "FOLDER", StringComparison.Ordinal));
                Assert.That(run.Out, Is.Empty, typed);
            }

            all.Append('\n');
        }

        Golden.Check(all.ToString(), "tests/Baker.Cli.Tests/Golden/mistakes.txt");
    }

    [TestCaseSource(nameof(Typed))]
    public async Task Mistake_IsToldInOwnWordsWithinTheTerminal(string typed)
    {
        using var project = new TestProject(Manifest);

        var run = await project.RunAsync(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That(run.Code, Is.EqualTo(ExitCode.BadInput), run.Error);
        Assert.That(run.Error, Does.Not.Contain("Specify --help").And.Not.Contain("Unrecognized").And.Not.Contain("Unexpected value")
            .And.Not.Contain("Missing value").And.Not.Contain("is required."));
        Assert.That(run.Error.Split('\n').Where(line => line.Length > 80), Is.Empty);
    }

    [TestCase("role:create --help")]
    [TestCase("--help")]
    [TestCase("--version")]
    public async Task Help_IsStillData(string typed)
    {
        using var project = new TestProject(Manifest);

        var run = await project.RunAsync(typed.Split(' '));

        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(run.Out, Is.Not.Empty);
    }

    [Test]
    public async Task HelpThatNobodyAskedFor_IsAMessage()
    {
        using var project = new TestProject(Manifest);

        var run = await project.RunAsync("local:image");

        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.Contain("local:image"));
    }
}
